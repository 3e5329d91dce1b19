import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { NO_FAULTS } from '../../src/embedded/faults.ts';
import { maintain } from '../../src/embedded/maintain/maintain.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { currentSchema } from '../../src/iceberg/metadata.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { type ForeignReaders, openForeignReaders, type PlainRow } from './foreign-readers.ts';
import { asIcebirdHolds, readWithIcebird } from './icebird-reader.ts';
import { sameRows } from './same-rows.ts';
import { Shop } from './shop.ts';

const TABLES = ['orders', 'earthquakes'].flatMap((topic) => [
  `raw.${topic}`,
  `semantic.${topic}`,
  `semantic.${topic}_errors`,
  `semantic.${topic}_drift`,
]);
const MICROS_PER_DAY = 86_400_000_000n;
const EAGER = 'maintenance: { min_files: 2, max_snapshots: 1, metadata_days: 0 }\n';
const RETENTION = 'slaProperties:\n  - property: retention\n    value: 10\n    unit: d\n';

/** Invariant: after any maintenance, every reader sees what `lean-ops query` shows, and that is what it showed before. */
suite('maintained tables in other engines', () => {
  let shop: Shop;
  let readers: ForeignReaders;

  before(() => {
    shop = new Shop();
    appendFileSync(path.join(shop.root, 'lean-ops.yaml'), EAGER);
    shop.editContract('earthquakes', [['slaProperties:\n', RETENTION]]);
    const data = path.join(shop.root, 'data');
    readers = openForeignReaders(path.join(data, 'lean-ops.db'), path.join(data, 'warehouse'));
  });
  after(async () => {
    await readers.close();
    shop.remove();
  });

  const load = async (name: string): Promise<Table> => {
    const workspace = await openWorkspace(shop.root, { clock: () => 0n, environment: {} });
    try {
      const [namespace = '', table = ''] = name.split('.');
      return (
        (await loadTable(localFiles, workspace.catalog, { namespace, name: table })) ?? assert.fail(name)
      );
    } finally {
      await workspace.close();
    }
  };

  const queryAll = (): ReadonlyMap<string, readonly PlainRow[]> =>
    new Map(TABLES.map((table) => [table, shop.query(table)]));

  const everyReaderSees = async (expected: ReadonlyMap<string, readonly PlainRow[]>): Promise<void> => {
    for (const [name, rows] of expected) {
      sameRows(await readers.ask({ engine: 'spark', sql: `SELECT * FROM lean_ops.${name}` }), rows, name);
      sameRows(await readers.ask({ engine: 'pyiceberg', table: name }), rows, name);
      const table = await load(name);
      // A limit of icebird (docs/readers.md).
      if (rows.length === 0) {
        await assert.rejects(readWithIcebird(table), /No data/i);
        continue;
      }
      const schema = currentSchema(table.metadata);
      sameRows(
        await readWithIcebird(table),
        rows.map((row) => asIcebirdHolds(schema, row)),
        name,
      );
    }
  };

  test('compacted, and older snapshots expired', async () => {
    assert.equal(shop.leanOps('run').status, 0);
    const late = path.join(shop.folder, 'messages', 'orders-late.ndjson');
    assert.equal(shop.leanOps('run', `orders=${late}`).status, 0);
    const updates = [1, 2, 3].map((at) => ({ order_id: `ORD-00000${at}`, item_count: at }));
    assert.equal(shop.leanOps('run', shop.delivery('third', updates)).status, 0);
    const before = queryAll();
    assert.equal(shop.leanOps('maintain').status, 0);
    const after = queryAll();
    for (const [name, rows] of before) sameRows(after.get(name) ?? [], rows, name);
    await everyReaderSees(after);
  });

  test('a key erased', async () => {
    assert.equal(shop.leanOps('forget', 'orders', '--key', 'ORD-000002', '--yes').status, 0);
    const rows = queryAll();
    assert.ok((rows.get('semantic.orders') ?? []).every(({ order_id: id }) => id !== 'ORD-000002'));
    await everyReaderSees(rows);
  });

  test('RAW rows expired', async () => {
    const semantic = shop.query('semantic.earthquakes');
    await maintainLater(shop.root, 30n);
    const rows = queryAll();
    assert.equal(rows.get('raw.earthquakes')?.length, 0);
    sameRows(rows.get('semantic.earthquakes') ?? [], semantic);
    await everyReaderSees(rows);
  });
});

/** Moves the clock by days. */
async function maintainLater(root: string, days: bigint): Promise<void> {
  const clock = (): bigint => BigInt(Date.now()) * 1_000n + days * MICROS_PER_DAY;
  const workspace = await openWorkspace(root, { clock, environment: {} });
  const { tempDirectory } = workspace;
  const engine = await openEngine({ memoryLimit: '1GiB', threads: 2, tempDirectory });
  try {
    const [result] = await maintain(workspace, ['earthquakes'], {
      dryRun: false,
      signal: new AbortController().signal,
      faults: NO_FAULTS,
      engine: async () => engine,
      onTable: () => undefined,
    });
    assert.ok(result?.actions.some(({ action }) => action === 'expire-rows'));
  } finally {
    engine.close();
    await workspace.close();
  }
}
