import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { writePositionDeletes } from '../../../src/duckdb/parquet/write-position-deletes.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { decodeBound } from '../../../src/iceberg/bounds.ts';
import type { DataFile } from '../../../src/iceberg/data-file.ts';
import { evolveTable } from '../../../src/iceberg/define.ts';
import { DELETE_PATH_ID } from '../../../src/iceberg/delete-schema.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import {
  committed,
  context,
  dataFiles,
  newTable,
  openWorkbench,
  type Workbench,
} from '../../iceberg/workbench.ts';

const COLUMNS = [
  { name: 'id', type: 'long', required: true },
  { name: 'part', type: 'string', required: false },
];
const BY_PART = { columns: COLUMNS, partition: [{ column: 'part', transform: 'identity' }], properties: {} };
const ROWS = "SELECT i::BIGINT AS id, 'p' || (i % 3) AS part FROM range(3000) t(i)";

suite('writing position deletes', () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  const write = (
    files: readonly DataFile[],
    select: string,
    table: Parameters<typeof writePositionDeletes>[1]['table'],
  ) => writePositionDeletes(bench.engine, { select, table, dataFiles: files, workId: 'work-1' });

  test('one sorted file per spec and partition, without duplicates, with the reserved ids', async () => {
    const table = newTable(bench, { namespace: 'raw', name: 'd1' }, BY_PART);
    const old = await dataFiles(bench, table, ROWS);
    const first = committed(await prepareAppend(localFiles, table, old, context()));
    const evolved = evolveTable(first, { ...BY_PART, partition: [] });
    const [flat] = await dataFiles(bench, evolved, ROWS);
    assert.ok(flat !== undefined);
    const hit = [flat, ...old.filter((file) => file.partition[0] !== 'p2')];
    const rows = hit.map(
      (file) => `SELECT '${file.path}' AS file_path, (i * 7919) % 900 AS pos FROM range(1800) t(i)`,
    );
    const written = await write([flat, ...old], rows.join(' UNION ALL '), evolved.metadata);
    assert.deepEqual(written.map(({ file }) => [file.specId, file.partition, file.recordCount]).sort(), [
      [0, ['p0'], 900n],
      [0, ['p1'], 900n],
      [1, [], 900n],
    ]);
    for (const { file } of written) {
      assert.equal(
        hit.some(({ path }) => path === file.referencedDataFile),
        true,
      );
      assert.match(file.path, /work-1_deletes_/);
      const read = await bench.engine.rows(
        `SELECT * FROM read_parquet('${file.path}', file_row_number = true) ORDER BY file_row_number`,
      );
      assert.deepEqual(
        read.map((row) => row.pos),
        Array.from({ length: 900 }, (_, index) => BigInt(index)),
      );
      const ids = await bench.engine.rows(
        `SELECT name, field_id FROM parquet_schema('${file.path}') WHERE field_id IS NOT NULL`,
      );
      assert.deepEqual(ids, [
        { name: 'file_path', field_id: 2147483546n },
        { name: 'pos', field_id: 2147483545n },
      ]);
    }
  });

  test('deletes of several files of a partition are sorted by path and position, with whole paths as bounds', async () => {
    const table = newTable(bench, { namespace: 'raw', name: 'd2' }, { ...BY_PART, partition: [] });
    const files = [...(await dataFiles(bench, table, ROWS)), ...(await dataFiles(bench, table, ROWS))];
    const rows = files.map(
      ({ path }) => `SELECT '${path}' AS file_path, i AS pos FROM range(500, 0, -1) t(i)`,
    );
    const [written] = await write(files, rows.join(' UNION ALL '), table.metadata);
    assert.ok(written !== undefined);
    const paths = files.map(({ path }) => path).sort();
    assert.equal(written.file.referencedDataFile, null);
    const bound = (bytes: Uint8Array | undefined) => decodeBound('string', bytes ?? new Uint8Array());
    assert.equal(bound(written.file.lowerBounds?.get(DELETE_PATH_ID)), paths[0]);
    assert.equal(bound(written.file.upperBounds?.get(DELETE_PATH_ID)), paths[1]);
    const read = await bench.engine.rows(
      `SELECT file_path, pos FROM read_parquet('${written.file.path}', file_row_number = true) ORDER BY file_row_number`,
    );
    const expected = paths.flatMap((path) =>
      Array.from({ length: 500 }, (_, index) => ({ file_path: path, pos: BigInt(index + 1) })),
    );
    assert.deepEqual(read, expected);
  });

  test('without positions nothing is written', async () => {
    const table = newTable(bench, { namespace: 'raw', name: 'd3' }, BY_PART);
    assert.deepEqual(await write([], "SELECT 'x' AS file_path, 1 AS pos WHERE false", table.metadata), []);
  });

  test('a file that is not in the table is a bug, not a delete', async () => {
    const table = newTable(bench, { namespace: 'raw', name: 'd4' }, BY_PART);
    await assert.rejects(
      write([], "SELECT '/strange' AS file_path, 1 AS pos", table.metadata),
      /does not hold: \/strange/,
    );
    assert.equal(
      (await write([], "SELECT 'x' AS file_path, 1 AS pos WHERE false", table.metadata)).length,
      0,
    );
  });
});
