import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { prepareTable } from '../../src/iceberg/commit.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import {
  createTable,
  evolveTable,
  replaceDefinition,
  type TableDefinition,
} from '../../src/iceberg/define.ts';
import { ancestors } from '../../src/iceberg/history.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { readManifestList } from '../../src/iceberg/manifest-list.ts';
import { currentSchema, currentSnapshot, currentSpec } from '../../src/iceberg/metadata.ts';
import { prepareReplace } from '../../src/iceberg/replace.ts';
import { prepareRowDelta } from '../../src/iceberg/row-delta.ts';
import { appendedFiles, planScan } from '../../src/iceberg/scan.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { committed, context, newTable, openWorkbench, type Workbench } from './workbench.ts';

const column = (name: string, type = 'string', required = false) => ({ name, type, required });
const DEFINITION: TableDefinition = {
  columns: [column('id', 'int'), column('v')],
  partition: [],
  properties: {},
};

/** A data file that exists only in manifests. */
function file(path: string, more: Partial<DataFile> = {}): DataFile {
  return {
    content: 'data',
    path,
    format: 'PARQUET',
    specId: 0,
    partition: [],
    recordCount: 10n,
    fileSize: 100n,
    columnSizes: null,
    valueCounts: null,
    nullValueCounts: null,
    nanValueCounts: null,
    lowerBounds: null,
    upperBounds: null,
    keyMetadata: null,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null,
    referencedDataFile: null,
    ...more,
  };
}

const deletesOf = (path: string, referenced: string) =>
  file(path, { content: 'position-deletes', recordCount: 3n, referencedDataFile: referenced });

const id = (table: Table) => currentSnapshot(table.metadata)?.['snapshot-id'] ?? 0n;
const paths = (files: readonly DataFile[]) => files.map(({ path }) => path);

suite('commits', () => {
  let bench: Workbench;
  let tables = 0;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  const create = async (definition = DEFINITION): Promise<Table> => {
    tables += 1;
    return newTable(bench, { namespace: 'raw', name: `t${tables}` }, definition);
  };
  const append = async (table: Table, ...files: string[]) =>
    committed(
      await prepareAppend(
        localFiles,
        table,
        files.map((path) => file(path)),
        context(),
      ),
    );

  test('one commit creates a table and adds to it', async () => {
    const prepared = await prepareAppend(
      localFiles,
      await create(),
      [file('a')],
      context({ 'lean-ops.batch-id': 'b1' }),
    );
    assert.equal(prepared.swap.expected, null);
    assert.deepEqual(prepared.snapshot?.summary, {
      'lean-ops.batch-id': 'b1',
      operation: 'append',
      'added-data-files': '1',
      'added-records': '10',
      'added-files-size': '100',
      'total-data-files': '1',
      'total-records': '10',
      'total-files-size': '100',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'changed-partition-count': '1',
    });
  });

  test('the name of every file of a commit has its work id, and none is written twice', async () => {
    const table = await create();
    const ctx = context();
    const prepared = await prepareAppend(localFiles, table, [file('a')], ctx);
    const names = await readdir(`${table.metadata.location}/metadata`);
    assert.equal(names.length, 3);
    for (const name of names) assert.ok(name.includes(ctx.workId), name);
    await assert.rejects(prepareTable(localFiles, table, ctx), /EEXIST/);
    assert.match(prepared.swap.next, /\/00000-[^/]*\.metadata\.json$/);
    const next = await prepareAppend(localFiles, committed(prepared), [file('b')], context());
    assert.match(next.swap.next, /\/00001-[^/]*\.metadata\.json$/);
    assert.equal(next.swap.expected, prepared.swap.next);
    assert.deepEqual(
      next.metadata['metadata-log'].map((entry) => entry['metadata-file']),
      [prepared.swap.next],
    );
  });

  test('a commit without a swap in the catalog leaves the table unchanged', async () => {
    const table = await append(await create(), 'a');
    await prepareAppend(localFiles, table, [file('lost')], context());
    const next = await append(table, 'b');
    const scan = await planScan(localFiles, next.metadata, currentSnapshot(next.metadata));
    assert.deepEqual(paths(scan.map((one) => one.file)).sort(), ['a', 'b']);
  });

  test('times in a table never decrease, even if the clock is set back', async () => {
    const table = await append(await create(), 'a');
    const prepared = await prepareAppend(localFiles, table, [file('b')], { ...context(), now: 1n });
    assert.equal(prepared.metadata['last-updated-ms'], table.metadata['last-updated-ms']);
  });

  test('the appended files between two snapshots are listed oldest first', async () => {
    const one = await append(await create(), 'a');
    const two = await append(one, 'b', 'c');
    const three = await append(two, 'd');
    const between = async (start: bigint | null, end: Table) =>
      paths(await appendedFiles(localFiles, three.metadata, start, id(end)));
    assert.deepEqual(await between(null, three), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await between(id(one), three), ['b', 'c', 'd']);
    assert.deepEqual(await between(id(one), two), ['b', 'c']);
    assert.deepEqual(await between(id(three), three), []);
    assert.equal(ancestors(three.metadata, id(three)).length, 3);
  });

  test('a start that is not an ancestor of the end is refused', async () => {
    const one = await append(await create(), 'a');
    const two = await append(one, 'b');
    const three = await append(two, 'c');
    const refused = { code: 'RAW_HISTORY_CHANGED' };
    const expired = { ...three.metadata, snapshots: three.metadata.snapshots.slice(1) };
    await assert.rejects(appendedFiles(localFiles, two.metadata, id(two), id(one)), refused);
    await assert.rejects(appendedFiles(localFiles, two.metadata, 12345n, id(two)), refused);
    await assert.rejects(appendedFiles(localFiles, two.metadata, null, 12345n), refused);
    await assert.rejects(appendedFiles(localFiles, expired, null, id(three)), refused);
    await assert.rejects(appendedFiles(localFiles, expired, id(one), id(three)), refused);
    assert.deepEqual(paths(await appendedFiles(localFiles, expired, id(two), id(three))), ['c']);
  });

  test('rows deleted between start and end are refused, because RAW only grows', async () => {
    const one = await append(await create(), 'a');
    const delta = { dataFiles: [file('b')], deleteFiles: [deletesOf('x', 'a')] };
    const two = committed(await prepareRowDelta(localFiles, one, delta, context()));
    await assert.rejects(appendedFiles(localFiles, two.metadata, id(one), id(two)), {
      code: 'RAW_HISTORY_CHANGED',
    });
  });

  test('deletes apply to the files that they name and that are not newer', async () => {
    const one = await append(await create(), 'a', 'b');
    const delta = { dataFiles: [file('c')], deleteFiles: [deletesOf('x', 'a')] };
    const prepared = await prepareRowDelta(localFiles, one, delta, context());
    assert.equal(prepared.snapshot?.summary.operation, 'overwrite');
    assert.equal(prepared.snapshot?.summary['total-position-deletes'], '3');
    assert.equal(prepared.snapshot?.summary['added-position-delete-files'], '1');
    const scan = await planScan(localFiles, prepared.metadata, prepared.snapshot);
    assert.deepEqual(Object.fromEntries(scan.map((found) => [found.file.path, paths(found.deletes)])), {
      a: ['x'],
      b: [],
      c: [],
    });
  });

  test('deletes that cannot be read stop the scan, because deleted rows would show again', async () => {
    const one = await append(await create(), 'a');
    const equality = file('x', { content: 'equality-deletes', equalityIds: [1] });
    const two = await prepareRowDelta(localFiles, one, { dataFiles: [], deleteFiles: [equality] }, context());
    await assert.rejects(planScan(localFiles, two.metadata, two.snapshot), { code: 'TABLE_UNSUPPORTED' });
  });

  test('one commit changes schema, partition spec and rows, and without a change the table is the same object', async () => {
    const one = await append(await create(), 'a');
    assert.equal(evolveTable(one, DEFINITION), one);
    const wanted: TableDefinition = {
      columns: [column('id', 'long', true), column('v'), column('w', 'double')],
      partition: [{ column: 'id', transform: 'bucket[2]' }],
      properties: {},
    };
    const planned = evolveTable(one, wanted);
    const delta = {
      dataFiles: [file('b', { specId: 1, partition: [1] })],
      deleteFiles: [deletesOf('x', 'a')],
    };
    const prepared = await prepareRowDelta(localFiles, planned, delta, context());
    assert.equal(prepared.metadata['metadata-log'].length, 1);
    const schema = currentSchema(prepared.metadata);
    assert.deepEqual(
      schema.fields.map((field) => [field.id, field.name, field.type, field.required]),
      [
        [1, 'id', 'long', false],
        [2, 'v', 'string', false],
        [3, 'w', 'double', false],
      ],
    );
    assert.equal(prepared.snapshot?.['schema-id'], 1);
    const scan = await planScan(localFiles, prepared.metadata, prepared.snapshot);
    assert.deepEqual(Object.fromEntries(scan.map((found) => [found.file.path, paths(found.deletes)])), {
      a: ['x'],
      b: [],
    });
    // Going back uses the old spec again instead of adding a third one.
    const back = evolveTable(committed(prepared), { ...wanted, partition: [] });
    assert.equal(currentSpec(back.metadata)['spec-id'], 0);
  });

  test('a type that old files cannot be read with needs a rebuild, and a column that is left out stays', async () => {
    const one = await append(await create(), 'a');
    assert.throws(() => evolveTable(one, { ...DEFINITION, columns: [column('id', 'string')] }), {
      code: 'REBUILD_REQUIRED',
    });
    assert.equal(evolveTable(one, { ...DEFINITION, columns: [column('id', 'int')] }), one);
  });

  test('a rebuild keeps the uuid and the history, and assigns new ids to changed columns', async () => {
    const one = await append(await create(), 'a', 'b');
    const delta = { dataFiles: [], deleteFiles: [deletesOf('x', 'a')] };
    const two = committed(await prepareRowDelta(localFiles, one, delta, context()));
    const planned = replaceDefinition(two, { ...DEFINITION, columns: [column('v'), column('id', 'string')] });
    const prepared = await prepareReplace(localFiles, planned, [file('c')], context());
    assert.equal(prepared.metadata['table-uuid'], one.metadata['table-uuid']);
    assert.deepEqual(
      currentSchema(prepared.metadata).fields.map((field) => [field.id, field.name]),
      [
        [2, 'v'],
        [3, 'id'],
      ],
    );
    const scan = await planScan(localFiles, prepared.metadata, prepared.snapshot);
    assert.deepEqual(paths(scan.map((found) => found.file)), ['c']);
    const totals = prepared.snapshot?.summary ?? {};
    assert.deepEqual(
      [totals['total-records'], totals['total-position-deletes'], totals['deleted-records']],
      ['10', '0', '20'],
    );
    assert.equal((await planScan(localFiles, prepared.metadata, currentSnapshot(two.metadata))).length, 2);
    assert.equal(ancestors(prepared.metadata, prepared.snapshot?.['snapshot-id'] ?? 0n).length, 3);
  });

  test('a rebuild does not narrow a promoted column under its old id', async () => {
    const one = await append(await create(), 'a');
    const promoted = evolveTable(one, { ...DEFINITION, columns: [column('id', 'long'), column('v')] });
    const back = replaceDefinition(promoted, DEFINITION);
    assert.deepEqual(
      currentSchema(back.metadata).fields.map((field) => field.id),
      [3, 2],
    );
  });

  test('manifests are merged, so their number is limited, and no file is lost or repeated', async () => {
    let table = await create();
    for (let commit = 0; commit < 230; commit += 1) {
      table = await append(table, `f${commit}`);
      const snapshot = currentSnapshot(table.metadata);
      assert.ok(snapshot !== null);
      assert.ok((await readManifestList(localFiles, snapshot)).length <= 100);
    }
    const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
    assert.equal(new Set(paths(scan.map((found) => found.file))).size, 230);
    assert.equal(scan.length, 230);
    const all = await appendedFiles(localFiles, table.metadata, null, id(table));
    assert.deepEqual(
      paths(all),
      Array.from({ length: 230 }, (_, index) => `f${index}`),
    );
  });

  test('a table is found only by the catalog’s pointer', async () => {
    const table = await append(await create(), 'a');
    const pointer = new Map([[table.ref.name, table.metadataLocation]]);
    const catalog = {
      metadataLocation: async ({ name }: Table['ref']) => pointer.get(name) ?? null,
      tables: async () => [table.ref],
    };
    assert.deepEqual(await loadTable({ ...localFiles }, catalog, table.ref), table);
    assert.equal(await loadTable(localFiles, catalog, { ...table.ref, name: 'none' }), null);
    pointer.set(table.ref.name, `${table.metadataLocation}.gone`);
    await assert.rejects(loadTable(localFiles, catalog, table.ref), { code: 'METADATA_INVALID_FILE' });
  });

  test('a partition name never equals a column name, because Iceberg for Java refuses such tables', () => {
    const columns = [column('at', 'timestamptz'), column('at_day', 'date')];
    const table = createTable(
      { namespace: 'raw', name: 'x' },
      '/x',
      'u',
      { columns, partition: [{ column: 'at', transform: 'day' }], properties: {} },
      0n,
    );
    assert.deepEqual(
      currentSpec(table.metadata).fields.map(({ name }) => name),
      ['at_day_'],
    );
  });
});
