import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { localFiles } from '../../src/engine/local-files.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import type { PreparedCommit } from '../../src/iceberg/commit.ts';
import { currentSchema } from '../../src/iceberg/metadata.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { SqliteCatalog, swapTable } from '../../src/state/sqlite/catalog.ts';
import { Database } from '../../src/state/sqlite/database.ts';
import { ensureSchema } from '../../src/state/sqlite/schema.ts';
import {
  committed,
  context,
  dataFiles,
  openWorkbench,
  readRows,
  type Workbench,
} from '../iceberg/workbench.ts';
import { type ForeignReaders, openForeignReaders, type PlainRow, plainRow } from './foreign-readers.ts';
import { asIcebirdHolds, readWithIcebird } from './icebird-reader.ts';
import { CASES, stepsOf } from './tables.ts';

/** Invariant: every reader sees exactly the rows of the committed files minus the position deletes. */
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
  const everySpark = (name: string) => spark(`SELECT * FROM lean_ops.semantic.${name}`);

  for (const { name, build } of CASES) {
    test(`${name}: Spark, PyIceberg and icebird read what we read`, async () => {
      await build(stepsOf(bench, name, commit));
      const expected = await ours(name);
      assert.ok(expected.length > 0);
      sameRows(await everySpark(name), expected);
      sameRows(await readers.ask({ engine: 'pyiceberg', table: `semantic.${name}` }), expected);
      const table = await load(name);
      const schema = currentSchema(table.metadata);
      sameRows(
        await readWithIcebird(table),
        expected.map((row) => asIcebirdHolds(schema, row)),
      );
    });
  }
});

/** Shows one row of a difference, not a hundred. */
function sameRows(actual: readonly PlainRow[], expected: readonly PlainRow[]): void {
  const [left, right] = [sorted(actual), sorted(expected)];
  const first = left.findIndex((row, index) => row !== right[index]);
  if (first >= 0) assert.equal(left[first], right[first]);
  assert.equal(left.length, right.length);
}

function sorted(rows: readonly PlainRow[]): readonly string[] {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1))))
    .sort();
}
