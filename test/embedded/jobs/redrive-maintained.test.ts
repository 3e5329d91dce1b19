import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { redrive } from '../../../src/embedded/jobs/redrive.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';
import {
  assertBalanced,
  DAY,
  type MaintenanceBench,
  RETENTION,
  thing,
  withBench,
} from '../maintain/bench.ts';

async function redriveOn(bench: MaintenanceBench) {
  return redrive(
    bench.workspace,
    'things',
    { code: null, messageId: null },
    {
      signal: new AbortController().signal,
      faults: NO_FAULTS,
      engine: async () => bench.engine,
      onPhase: () => undefined,
    },
  );
}

const contract = (minimum: number): string =>
  wrappedContract(
    [
      ID,
      `{ name: amount, logicalType: number, physicalType: "decimal(9,2)", required: true, logicalTypeOptions: { minimum: ${minimum} } }`,
    ],
    { ...RETENTION, version: `1.0.${minimum}` },
  );

test('rows whose messages are no longer in RAW stay rejected and are counted; compaction changes nothing', () =>
  withBench(
    ['min_files: 2', 'max_snapshots: 1', 'metadata_days: 0'],
    async (bench) => {
      await bench.contract(contract(9));
      for (let day = 0n; day < 4n; day++) {
        await bench.putRaw([thing(`good${day}`, 10n + day, 9), thing(`bad${day}`, 10n + day, 1)]);
        await bench.run();
        bench.temporary.now += DAY;
      }
      bench.temporary.now += 8n * DAY;
      await bench.maintain();
      await assertBalanced(bench, 'partial');
      await bench.contract(contract(1));
      const { counts, ...result } = await redriveOn(bench);
      assert.deepEqual([result.chosen, result.redriven, result.unreachable], [4, 2, 2]);
      assert.deepEqual([counts.inserted, counts.rejected, result.rows], [2, -2, 6n]);
      await assertBalanced(bench, 'partial');
      // Stamped rows and their deletes are compacted away; the books count what is unstamped as before.
      await bench.maintain();
      await assertBalanced(bench, 'partial');
      const errors = await bench.rows('things_errors', 'message_id');
      assert.deepEqual(
        errors.map(({ redriven_batch_id: batch }) => batch),
        [null, null, result.batchId, result.batchId],
      );
      assert.equal((await redriveOn(bench)).redriven, 0);
      await assertBalanced(bench, 'partial');
    },
    RETENTION,
  ));
