import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FaultPoint } from '../../../src/embedded/faults.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { type PreparedCommit, prepareTable } from '../../../src/iceberg/commit.ts';
import { expired, keptSnapshots } from '../../../src/iceberg/expiry.ts';
import { prepareFileSwap } from '../../../src/iceberg/file-swap.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { prepareRowDelta } from '../../../src/iceberg/row-delta.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { swapTable } from '../../../src/state/sqlite/catalog.ts';
import { Database } from '../../../src/state/sqlite/database.ts';
import { context, dataFiles, deletesWhere } from '../../iceberg/workbench.ts';
import {
  assertBalanced,
  content,
  liveFiles,
  type MaintenanceBench,
  tableOf,
  thing,
  withBench,
} from './bench.ts';

const bench3 = async (bench: MaintenanceBench): Promise<void> => {
  for (let round = 1n; round <= 3n; round++) {
    await bench.deliver(10, round * 10n);
    await bench.run();
  }
};

/** A commit of another writer, prepared on the present table, that is made when the point is first reached. */
function landAt(bench: MaintenanceBench, point: FaultPoint, prepared: PreparedCommit) {
  let landed = false;
  return {
    hit: (passed: FaultPoint): void => {
      if (passed !== point || landed) return;
      landed = true;
      const database = new Database(bench.workspace.paths.database);
      database.write(() => swapTable(database, prepared.swap));
      database.close();
    },
    landed: () => landed,
  };
}

const asIceberg = ({ workspace, engine, close }: MaintenanceBench) => {
  return { folder: workspace.paths.warehouse, engine, close };
};

suite('a commit that races with maintenance', () => {
  test('rows added meanwhile stay, and the compaction is committed after them', () =>
    withBench(['min_files: 2'], async (bench) => {
      await bench3(bench);
      const table = await tableOf(bench, 'semantic', 'things');
      const [row] = await content(bench, 'semantic', 'things');
      const before = await content(bench, 'semantic', 'things');
      const select = `SELECT 'added' AS id, 1::DECIMAL(9,2) AS amount, 'm' AS _message_id,
        make_timestamptz(1) AS _publish_time, 'k' AS _idempotency_key, 'b' AS _batch_id, 1 AS _contract_version`;
      const files = await dataFiles(asIceberg(bench), table, select);
      const faults = landAt(
        bench,
        'maintain:after-prepared',
        await prepareAppend(localFiles, table, files, context()),
      );
      await bench.maintain({ faults });
      assert.ok(faults.landed() && row !== undefined);
      const after = await content(bench, 'semantic', 'things');
      assert.equal(after.length, before.length + 1);
      assert.deepEqual(
        after.filter((each) => !each.includes('"added"')),
        before,
      );
      assert.deepEqual(await liveFiles(await tableOf(bench, 'semantic', 'things')), { data: 2, deletes: 0 });
    }));

  test('rows deleted meanwhile stay deleted, and the compaction is planned again', () =>
    withBench(['min_files: 2'], async (bench) => {
      await bench3(bench);
      const table = await tableOf(bench, 'semantic', 'things');
      const before = await content(bench, 'semantic', 'things');
      const deleteFiles = await deletesWhere(asIceberg(bench), table, "id = 'k3'");
      const delta = await prepareRowDelta(localFiles, table, { dataFiles: [], deleteFiles }, context());
      const faults = landAt(bench, 'maintain:after-prepared', delta);
      await bench.maintain({ faults });
      assert.ok(faults.landed());
      const after = await content(bench, 'semantic', 'things');
      assert.deepEqual(
        after,
        before.filter((each) => !each.includes('"k3"')),
      );
      assert.deepEqual(await liveFiles(await tableOf(bench, 'semantic', 'things')), { data: 1, deletes: 0 });
    }));

  test('a batch commits on a table that was compacted meanwhile', () =>
    withBench(['min_files: 2'], async (bench) => {
      await bench3(bench);
      await bench.deliver(10, 90n);
      const table = await tableOf(bench, 'semantic', 'things');
      const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
      const removed = [
        ...new Map(
          scan.flatMap((each) => [each.file, ...each.deletes]).map((file) => [file.path, file]),
        ).values(),
      ];
      const rows = await import('../../../src/duckdb/parquet/table-relation.ts');
      const schemas = await import('../../../src/iceberg/metadata.ts');
      const relation = rows.tableRelation(schemas.currentSchema(table.metadata), scan, { positions: false });
      const added = await dataFiles(asIceberg(bench), table, relation);
      const compaction = await prepareFileSwap(
        localFiles,
        table,
        { operation: 'replace', removed, added },
        context(),
      );
      assert.ok(compaction !== null);
      const faults = landAt(bench, 'semantic:after-prepared', compaction);
      const { counts } = await bench.run({ faults });
      assert.ok(faults.landed());
      assert.deepEqual([counts.rawRows, counts.updated], [10, 10]);
      await assertBalanced(bench);
    }));
});

suite("the checkpoint's snapshot", () => {
  test('that another engine expired is reported, and a rebuild recovers without loss', () =>
    withBench([], async (bench) => {
      await bench3(bench);
      await bench.putRaw([thing('late', 40n, 1)]);
      const raw = await tableOf(bench, 'raw', 'things');
      const policy = { olderThan: 0n, maxSnapshots: 1, needed: [] };
      const kept = keptSnapshots(raw.metadata, policy);
      const prepared = await prepareTable(
        localFiles,
        { ...raw, metadata: expired(raw.metadata, kept, []) },
        context(),
      );
      const database = new Database(bench.workspace.paths.database);
      database.write(() => swapTable(database, prepared.swap));
      database.close();
      await assert.rejects(bench.run(), /RAW_HISTORY_CHANGED/);
      const before = await content(bench, 'semantic', 'things');
      await assert.rejects(bench.maintain(), /RAW_HISTORY_CHANGED/);
      assert.deepEqual(await content(bench, 'semantic', 'things'), before);
      const { counts } = await bench.rebuild();
      assert.equal(counts.rawRows, 31);
      assert.equal((await content(bench, 'semantic', 'things')).length, before.length + 1);
      await assertBalanced(bench);
    }));
});
