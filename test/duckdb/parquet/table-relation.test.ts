import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableRelation } from '../../../src/duckdb/parquet/table-relation.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSchema, currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { prepareRowDelta } from '../../../src/iceberg/row-delta.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import {
  committed,
  context,
  dataFiles,
  deletesWhere,
  newTable,
  openWorkbench,
} from '../../iceberg/workbench.ts';

test('each row has a number of its own, also if deletes apply to some of the files only', async () => {
  const bench = await openWorkbench();
  try {
    const columns = ['id', 'part'].map((name) => ({ name, type: 'long', required: true }));
    const partition = [{ column: 'part', transform: 'identity' }];
    let table = newTable(bench, { namespace: 'raw', name: 't' }, { columns, partition, properties: {} });
    for (const from of [0, 10, 20]) {
      const select = `SELECT range AS id, range // 10 AS part FROM range(${from}, ${from + 10})`;
      const files = await dataFiles(bench, table, select);
      table = committed(await prepareAppend(localFiles, table, files, context()));
    }
    const deleteFiles = await deletesWhere(bench, table, 'id IN (0, 15)');
    table = committed(await prepareRowDelta(localFiles, table, { dataFiles: [], deleteFiles }, context()));
    const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
    assert.deepEqual(scan.map(({ deletes }) => deletes.length).sort(), [0, 1, 1]);
    const relation = tableRelation(currentSchema(table.metadata), scan, {
      positions: false,
      numbered: true,
    });
    const [row] = await bench.engine.rows(
      `SELECT count(*)::INTEGER AS rows, count(DISTINCT _rid)::INTEGER AS numbers FROM (${relation})`,
    );
    assert.deepEqual(row, { rows: 28, numbers: 28 });
  } finally {
    await bench.close();
  }
});
