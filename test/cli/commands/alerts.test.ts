import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Json } from '../../../src/cli/command/command.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';
import { at, outcomeOf } from '../outcome.ts';

const CONTRACT = wrappedContract([ID, '{ name: at, logicalType: timestamp }'], {
  custom: [
    '{ property: envelope, value: bare }',
    '{ property: publishTime, value: at }',
    '{ property: idempotencyKey, value: id }',
  ],
});

const CONFIG = 'version: 1\nalerts: {stderr: false, file: told.ndjson, webhook: "http://127.0.0.1:9/"}\n';

async function withBench(task: (bench: Workbench) => Promise<void>): Promise<void> {
  const bench = await workbench(CONTRACT);
  try {
    await writeFile(join(bench.temporary.root, 'lean-ops.yaml'), CONFIG);
    await task(bench);
  } finally {
    await bench.close();
  }
}

const codes = (json: Json): readonly Json[] =>
  (at(json, 'alerts') as readonly Json[]).map((alert) => at(alert, 'code'));

suite('alerts', () => {
  test('are found after work, listed, checked, and cleared with their cause', async () => {
    await withBench(async ({ temporary: { root } }) => {
      const input = join(root, 'things.ndjson');
      const run = (...argv: readonly string[]) => outcomeOf(root, ...argv);
      assert.deepEqual(await run('alerts'), {
        exit: 0,
        json: { alerts: [], undelivered: [] },
        lines: ['no open alerts'],
      });
      await writeFile(input, '{"id":"a","at":"2020-01-01T00:00:00Z"}\n');
      // A webhook without a secret changes nothing of the work.
      assert.equal((await run('run', `things=${input}`)).exit, 0);
      const { exit, json, lines } = await run('alerts');
      assert.deepEqual([exit, codes(json)], [1, ['UPSTREAM_SILENT']]);
      assert.match(lines.join('\n'), /things: the newest event .* Ask the producer/);
      const checked = await run('alerts', '--check');
      assert.equal(at(checked.json, 'undelivered', 0, 'error', 'detail'), 'no secret is set', 'no secret');
      assert.equal(at(checked.json, 'alerts', 0, 'count'), 2);

      const now = new Date(Date.now() - 60_000).toISOString();
      const next = join(root, 'next.ndjson');
      await writeFile(next, `{"id":"b","at":"${now}"}\n{"id":"c"\n`);
      assert.equal((await run('run', `things=${next}`)).exit, 0);
      const after = await run('alerts');
      assert.deepEqual([after.exit, codes(after.json)], [0, ['DEAD_LETTERS_OPEN']]);
      const letter = String(at((await run('dlq', 'list')).json, 'dead_letters', 0, 'id'));
      assert.equal((await run('forget', 'things', '--key', 'a', '--letters', letter, '--yes')).exit, 0);
      assert.deepEqual(codes((await run('alerts')).json), []);
    });
  });

  test('failing work is an alert until it succeeds', async () => {
    await withBench(async (bench) => {
      const { root } = bench.temporary;
      const run = (...argv: readonly string[]) => outcomeOf(root, ...argv);
      await bench.contract('kind: Nonsense\n');
      await bench.putRaw([{ id: 'a', time: BigInt(Date.now()) * 1000n, payload: '{"id":"a"}' }]);
      assert.equal((await run('semantic')).exit, 2);
      const failed = await run('alerts');
      assert.deepEqual(codes(failed.json), ['FRESHNESS_UNKNOWN', 'CONTRACT_INVALID']);
      await assert.rejects(run('ingest', 'things', join(root, 'nowhere.ndjson')));
      assert.ok(codes((await run('alerts')).json).includes('CONTRACT_INVALID'));
      await bench.contract(CONTRACT);
      assert.equal((await run('semantic')).exit, 0);
      const input = join(root, 'things.ndjson');
      await writeFile(input, `{"id":"b","at":"${new Date().toISOString()}"}\n`);
      assert.equal((await run('ingest', 'things', input)).exit, 0);
      assert.deepEqual(codes((await run('alerts')).json), []);
    });
  });
});
