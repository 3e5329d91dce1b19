import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DAY, RETENTION, thing, withBench } from '../../embedded/maintain/bench.ts';
import { at, outcomeOf } from '../outcome.ts';

suite('explain, where history has expired', () => {
  test('says that it has, and what is still known', () =>
    withBench(
      ['min_files: 2', 'max_snapshots: 1', 'metadata_days: 0'],
      async (bench) => {
        await bench.putRaw([thing('a', 10n, 1), thing('b', 10n, 1), thing('c', 10n, 'no')]);
        const { batchId } = await bench.run();
        bench.temporary.now += DAY;
        await bench.putRaw([thing('b', 20n, 2)]);
        await bench.run();
        bench.temporary.now += 10n * DAY;
        await bench.maintain();
        const ask = (...argv: readonly string[]) => outcomeOf(bench.temporary.root, 'explain', ...argv);

        for (const question of [['a@10'], ['--key', 'a']]) {
          const { exit, json, lines } = await ask(...question);
          assert.equal(exit, 0);
          assert.deepEqual(at(json, 'receptions'), []);
          assert.deepEqual(at(json, 'expired', 0), {
            topic: 'things',
            raw_rows: 3,
            standing: [
              {
                message_id: 'a@10',
                key: 'a',
                publish_time: '1970-01-01T00:00:00.000010Z',
                batch_id: batchId,
              },
            ],
          });
          assert.match(
            lines.join('\n'),
            /^things: a@10, .* is the row of a in semantic\.things.* has expired/,
          );
        }

        const kept = await ask('b@20');
        assert.deepEqual([kept.exit, at(kept.json, 'receptions', 0, 'fate')], [0, 'processed']);
        assert.match(
          kept.lines.join('\n'),
          /the newest of its key; the history that names its batch has expired/,
        );
        assert.doesNotMatch(kept.lines.join('\n'), /written by batch/);

        for (const gone of ['b@10', 'c@10', 'never']) {
          const { exit, lines } = await ask(gone);
          assert.equal(exit, 1, gone);
          assert.match(lines.join('\n'), /it may be one of 3 RAW rows of things that have expired/);
        }
      },
      RETENTION,
    ));
});
