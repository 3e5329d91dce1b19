import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { deepBalance } from '../../../src/duckdb/batch/deep-balance.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { deadLetterId } from '../../../src/state/dead-letter.ts';
import {
  assertBalanced,
  assertNothingStray,
  content,
  DAY,
  type MaintenanceBench,
  RETENTION,
  tableOf,
  thing,
  withBench,
} from './bench.ts';

const EAGER = ['min_files: 2', 'max_snapshots: 1', 'metadata_days: 0'];

/** A key of its own, a key of each delivery, and a message that is rejected. */
const delivery = async (bench: MaintenanceBench, time: bigint): Promise<void> => {
  await bench.putRaw([
    thing(`own${time}`, time, 1),
    thing('shared', time, 2),
    thing(`bad${time}`, time, 'no'),
  ]);
};

suite('retention of RAW', () => {
  test('whole days expire after batches read them; the table keeps its rows, and the books balance', () =>
    withBench(
      EAGER,
      async (bench) => {
        for (let day = 0n; day < 4n; day++) {
          await delivery(bench, 10n + day);
          await bench.run();
          bench.temporary.now += DAY;
        }
        const rows = await content(bench, 'semantic', 'things');
        assert.equal(
          (await bench.maintain()).actions.some(({ action }) => action === 'expire-rows'),
          false,
        );
        // Eleven days after the second delivery, both deliveries expire.
        bench.temporary.now += 8n * DAY;
        const looked = await bench.maintain({ dryRun: true });
        const { actions } = await bench.maintain();
        for (const found of [looked.actions, actions])
          assert.deepEqual(
            found.filter(({ action }) => action === 'expire-rows').map(({ before }) => before.rows),
            [6],
          );
        assert.equal((await content(bench, 'raw', 'things')).length, 6);
        assert.deepEqual(await content(bench, 'semantic', 'things'), rows);
        assert.equal((await bench.workspace.store.checkpoint('things')).totals.gone.expired, 6);
        await assertBalanced(bench, 'partial');
        const deep = await deepBalance(bench.workspace, bench.engine, 'things');
        assert.match(
          deep?.reason ?? '',
          /^6 RAW rows have expired \(received before 2026-03-03\); 2 rows and 2 rejected rows stem/,
        );
        assert.deepEqual([deep?.rows, deep?.differing], [3, 0]);
        await assertNothingStray(bench);
        // The topic continues.
        await delivery(bench, 20n);
        assert.equal((await bench.run()).counts.rawRows, 3);
        await assertBalanced(bench, 'partial');
        // In the end RAW is empty.
        bench.temporary.now += 30n * DAY;
        await bench.maintain();
        assert.equal((await content(bench, 'raw', 'things')).length, 0);
        assert.deepEqual((await tableOf(bench, 'raw', 'things')).metadata.snapshots.length, 1);
        await assertBalanced(bench, 'partial');
        await delivery(bench, 30n);
        assert.equal((await bench.run()).counts.rawRows, 3);
        await assertBalanced(bench, 'partial');
        await assertNothingStray(bench);
      },
      RETENTION,
    ));

  test('a differing row counts only if its RAW rows are live', () =>
    withBench(
      EAGER,
      async (bench) => {
        // The older delivery has the newer version.
        await bench.putRaw([thing('shared', 50n, 1)]);
        await bench.run();
        bench.temporary.now += 5n * DAY;
        await bench.putRaw([thing('shared', 40n, 2), thing('other', 40n, 2)]);
        await bench.run();
        bench.temporary.now += 6n * DAY;
        await bench.maintain();
        assert.equal((await content(bench, 'raw', 'things')).length, 2);
        await assertBalanced(bench, 'partial');
      },
      RETENTION,
    ));

  test('rows that no batch has read stay at any age', () =>
    withBench(
      EAGER,
      async (bench) => {
        await delivery(bench, 10n);
        await bench.run();
        await delivery(bench, 20n);
        bench.temporary.now += 40n * DAY;
        await bench.maintain();
        assert.equal((await content(bench, 'raw', 'things')).length, 3);
        await assertBalanced(bench, 'partial');
        assert.equal((await bench.run()).counts.rawRows, 3);
        await assertBalanced(bench, 'partial');
      },
      RETENTION,
    ));
});

suite('expired state', () => {
  test('closed dead letters and their bodies expire after thirty days, open ones never; the ledger balances', () =>
    withBench([], async (bench) => {
      const { workspace, temporary } = bench;
      const body = join('data', 'dead-letters', 'body-of-two');
      await localFiles.write(join(temporary.root, body), Buffer.from('twice'));
      const letter = (source: string, pointer: string | null) => ({
        id: deadLetterId('things', source),
        topic: 'things',
        source,
        messageId: null,
        correlationId: null,
        errorCode: 'MALFORMED_JSON' as const,
        errorMessage: 'no JSON',
        errorOffset: 0n,
        receiveCount: 1,
        firstReceivedAt: temporary.now,
        dlqSentAt: temporary.now,
        contractVersion: null,
        bodySha256: '00',
        body:
          pointer === null
            ? ({ kind: 'inline', bytes: Buffer.from('x') } as const)
            : ({ kind: 'file', pointer, size: 5n } as const),
      });
      const letters = [letter('a', null), letter('b', body), letter('c', body), letter('d', null)];
      await bench.putRaw([thing('k', 10n, 1)], letters);
      await bench.run();
      const close = (sources: readonly string[]) =>
        workspace.store.closeDeadLetters(
          sources.map((source) => deadLetterId('things', source)),
          'discarded',
          { at: temporary.now, by: 'test', reason: null, repair: null },
        );
      await close(['a', 'b']);
      temporary.now += 20n * DAY;
      await close(['c']);
      assert.equal(
        (await bench.maintain()).actions.some(({ action }) => action === 'expire-state'),
        false,
      );
      const left = async () =>
        (await workspace.store.deadLetters({ topic: 'things' }, 10, null)).items.length;
      temporary.now += 11n * DAY;
      await bench.maintain();
      assert.equal(await left(), 2);
      // Another letter still needs the body.
      assert.equal(await localFiles.exists(join(temporary.root, body)), true);
      await assertBalanced(bench);
      temporary.now += 60n * DAY;
      const { actions } = await bench.maintain();
      assert.deepEqual(
        actions
          .filter(({ action }) => action === 'expire-state')
          .map(({ before, removed }) => [before, removed]),
        [
          [
            { dead_letters: 1, counter_days: 1 },
            { files: 1, bytes: 5 },
          ],
        ],
      );
      assert.deepEqual([await left(), await localFiles.exists(join(temporary.root, body))], [1, false]);
      assert.deepEqual(await workspace.store.counters('things', '0000', '9999'), []);
      assert.equal((await workspace.store.checkpoint('things')).totals.gone.expiredLetters, 3);
      await assertBalanced(bench);
    }));
});
