import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { PreparedCommit } from '../../src/iceberg/commit.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { currentSchema } from '../../src/iceberg/metadata.ts';
import { prepareRowDelta } from '../../src/iceberg/row-delta.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { SqliteCatalog, swapTable } from '../../src/state/sqlite/catalog.ts';
import { Database } from '../../src/state/sqlite/database.ts';
import { ensureSchema } from '../../src/state/sqlite/schema.ts';
import {
  committed,
  context,
  dataFiles,
  deletesWhere,
  openWorkbench,
  readRows,
  type Workbench,
} from '../iceberg/workbench.ts';
import { type ForeignReaders, openForeignReaders, type PlainRow, plainRow } from './foreign-readers.ts';
import { asIcebirdHolds, readWithIcebird } from './icebird-reader.ts';
import { sameRows } from './same-rows.ts';
import { CASES, stepsOf } from './tables.ts';

/** In the SQL that DuckDB, Spark and PyIceberg share. */
const FILTERS = [
  'id = 57',
  'id > 40 and small < 0',
  "name = ''",
  "name >= 'näme'",
  'ratio < -5.5',
  'share <= 0.25',
  'amount >= 46.500000000',
  "day < '1970-01-10'",
  "happened >= '1970-01-05T00:00:00+00:00'",
  'name is null',
  'good = true',
];

/** Invariant: every reader sees exactly the rows of the committed files without the deleted positions. */
suite('tables in other engines', () => {
  let bench: Workbench;
  let database: Database;
  let readers: ForeignReaders;

  before(async () => {
    bench = await openWorkbench();
    const sqlite = path.join(bench.folder, 'state.sqlite');
    database = new Database(sqlite);
    ensureSchema(database, bench.folder);
    const warehouse = path.join(bench.folder, 'warehouse');
    mkdirSync(warehouse);
    readers = openForeignReaders(sqlite, warehouse);
  });

  after(async () => {
    await readers.close();
    database.close();
    await bench.close();
  });

  const commit = (prepared: PreparedCommit): Table => {
    database.write(() => swapTable(database, prepared.swap));
    return committed(prepared);
  };

  const load = async (name: string): Promise<Table> => {
    const table = await loadTable(localFiles, new SqliteCatalog(database), { namespace: 'semantic', name });
    assert.ok(table !== null);
    return table;
  };

  const ours = async (name: string) => (await readRows(bench, await load(name), 'ALL')).map(plainRow);
  const spark = (sql: string) => readers.ask({ engine: 'spark', sql });

  for (const { name, build, icebird } of CASES) {
    test(`${name}: Spark, PyIceberg and icebird read what we read`, async () => {
      await build(stepsOf(bench, name, commit));
      const expected = await ours(name);
      assert.ok(expected.length > 0);
      sameRows(await spark(`SELECT * FROM lean_ops.semantic.${name}`), expected);
      sameRows(await readers.ask({ engine: 'pyiceberg', table: `semantic.${name}` }), expected);
      if (icebird) await icebirdAgrees(name, expected);
    });
  }

  const icebirdAgrees = async (name: string, expected: readonly PlainRow[]) => {
    const table = await load(name);
    const schema = currentSchema(table.metadata);
    const coarse = expected.map((row) => asIcebirdHolds(schema, row));
    sameRows(await readWithIcebird(table), coarse);
  };

  for (const name of ['plain', 'by_day', 'by_bucket', 'by_others', 'evolved']) {
    for (const filter of FILTERS) {
      test(`${name}: bounds and partitions hide no row of ${filter}`, async () => {
        const rows = await readRows(bench, await load(name), 'ALL', undefined, filter);
        const expected = rows.map(plainRow);
        sameRows(await spark(`SELECT * FROM lean_ops.semantic.${name} WHERE ${filter}`), expected);
        sameRows(await readers.ask({ engine: 'pyiceberg', table: `semantic.${name}`, filter }), expected);
      });
    }
  }

  for (const name of ['plain', 'by_day', 'by_bucket', 'by_others', 'evolved']) {
    test(`${name}: Spark changes the table, and we write to it afterwards`, async () => {
      const target = `lean_ops.semantic.${name}`;
      await spark(
        `MERGE INTO ${target} t USING (SELECT DISTINCT id + 5 AS id, 'merged' AS name FROM ${target} WHERE id % 3 = 0) s
         ON t.id = s.id AND t.id > 10 WHEN MATCHED AND t.id % 2 = 0 THEN DELETE
         WHEN MATCHED THEN UPDATE SET t.name = s.name`,
      );
      await spark(`DELETE FROM ${target} WHERE id = 1`);
      await spark(`INSERT INTO ${target} SELECT * FROM ${target} WHERE id = 8`);
      await spark(`ALTER TABLE ${target} ADD COLUMN by_spark STRING`);
      const merged = await ours(name);
      assert.ok(merged.some((row) => row.name === 'merged'));
      sameRows(await spark(`SELECT * FROM ${target}`), merged);
      const table = await load(name);
      const deleteFiles = await deletesWhere(bench, table, "id % 4 = 1 OR name = 'merged'");
      const files = await dataFiles(bench, table, "SELECT 9001::BIGINT AS id, 'ours' AS by_spark");
      commit(await prepareRowDelta(localFiles, table, { dataFiles: files, deleteFiles }, context()));
      const expected = await ours(name);
      assert.equal(expected.filter((row) => row.name === 'merged').length, 0);
      sameRows(await spark(`SELECT * FROM ${target}`), expected);
      sameRows(await readers.ask({ engine: 'pyiceberg', table: `semantic.${name}` }), expected);
    });
  }

  test('PyIceberg appends to our table, and Spark compacts it', async () => {
    const append = [{ id: 7001, name: 'by pyiceberg' }];
    await readers.ask({ engine: 'pyiceberg', table: 'semantic.plain', append });
    const expected = await ours('plain');
    assert.equal(expected.filter((row) => row.name === 'by pyiceberg').length, 1);
    sameRows(await spark('SELECT * FROM lean_ops.semantic.plain'), expected);
    await spark(
      "CALL lean_ops.system.rewrite_data_files(table => 'semantic.plain', options => map('rewrite-all', 'true'))",
    );
    await spark("CALL lean_ops.system.rewrite_manifests('semantic.plain')");
    sameRows(await ours('plain'), expected);
  });

  test('we read and write a table that Spark made', async () => {
    const target = 'lean_ops.semantic.made_by_spark';
    await spark(`CREATE TABLE ${target} (id BIGINT NOT NULL, name STRING, at TIMESTAMP, price DECIMAL(9, 2))
      USING iceberg PARTITIONED BY (days(at), bucket(4, name), price)`);
    assert.deepEqual(await ours('made_by_spark'), []);
    await spark(
      `INSERT INTO ${target} SELECT id, concat('n', id), timestamp_seconds(id * 40000), cast(id - 5 AS DECIMAL(9, 2)) FROM range(20)`,
    );
    const written = await ours('made_by_spark');
    assert.equal(written.length, 20);
    sameRows(await spark(`SELECT * FROM ${target}`), written);
    const table = await load('made_by_spark');
    const files = await dataFiles(
      bench,
      table,
      "SELECT 99::BIGINT AS id, 'n3' AS name, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS at, -1::DECIMAL(9, 2) AS price",
    );
    const deleteFiles = await deletesWhere(bench, table, 'id % 5 = 0');
    commit(await prepareRowDelta(localFiles, table, { dataFiles: files, deleteFiles }, context()));
    const expected = await ours('made_by_spark');
    assert.equal(expected.length, 17);
    sameRows(await spark(`SELECT * FROM ${target}`), expected);
    sameRows(await readers.ask({ engine: 'pyiceberg', table: 'semantic.made_by_spark' }), expected);
  });
});
