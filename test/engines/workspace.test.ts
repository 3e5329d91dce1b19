import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { type FaultPoints, NO_FAULTS } from '../../src/embedded/faults.ts';
import { runSemantic } from '../../src/embedded/jobs/incremental.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { currentSchema, currentSnapshot, type Snapshot } from '../../src/iceberg/metadata.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { blockUntil } from '../support/until.ts';
import { type ForeignReaders, openForeignReaders, type PlainRow, sparkJars } from './foreign-readers.ts';
import { asIcebirdHolds, readWithIcebird } from './icebird-reader.ts';
import { offline, pageSnippet } from './readers-page.ts';
import { sameRows } from './same-rows.ts';
import { queryRows, Shop } from './shop.ts';

const TOPICS = ['orders', 'earthquakes'] as const;
const TABLES = TOPICS.flatMap((topic) => [
  `raw.${topic}`,
  `semantic.${topic}`,
  `semantic.${topic}_errors`,
  `semantic.${topic}_drift`,
]);
const DEADLINE_MS = 60_000;

interface Earlier {
  readonly table: string;
  readonly snapshotId: bigint;
  readonly rows: readonly PlainRow[];
}

/**
 * Invariant: at every snapshot, every reader sees the rows that `lean-ops query` shows. The tests run in order on one
 * workspace, with one Spark session that is open from the first run to the last.
 */
suite('a workspace in other engines', () => {
  const earlier: Earlier[] = [];
  let shop: Shop;
  let readers: ForeignReaders;
  /** A state store that stays open, as in another Lean-Ops process. */
  let workspace: Workspace;

  before(async () => {
    shop = new Shop();
    assert.equal(shop.leanOps('run').status, 0);
    const data = path.join(shop.root, 'data');
    readers = openForeignReaders(path.join(data, 'lean-ops.db'), path.join(data, 'warehouse'));
    workspace = await openWorkspace(shop.root, {
      clock: () => BigInt(Date.now()) * 1_000n,
      environment: {},
    });
    await page('spark-open');
    await page('pyiceberg-open');
  });

  after(async () => {
    await readers.close();
    await workspace.close();
    shop.remove();
  });

  const python = (code: string, result?: string) =>
    readers.ask({ engine: 'python', code, ...(result === undefined ? {} : { result }) });
  const page = (name: string, result?: string) => {
    const snippet = pageSnippet(name, shop.root);
    return python(name === 'spark-open' ? offline(snippet, sparkJars()) : snippet, result);
  };
  const spark = (sql: string) => python('', `spark.sql(${JSON.stringify(sql)})`);
  const pyiceberg = (table: string, scan = '') =>
    python('', `tables.load_table(${JSON.stringify(table)}).scan(${scan}).to_arrow()`);

  const load = async (name: string): Promise<Table> => {
    const [namespace = '', table = ''] = name.split('.');
    const loaded = await loadTable(localFiles, workspace.catalog, { namespace, name: table });
    assert.ok(loaded !== null, name);
    return loaded;
  };

  const head = async (name: string): Promise<Snapshot> => {
    const snapshot = currentSnapshot((await load(name)).metadata);
    assert.ok(snapshot !== null, name);
    return snapshot;
  };

  const remember = async (table: string) => {
    const snapshotId = (await head(table))['snapshot-id'];
    earlier.push({ table, snapshotId, rows: shop.query(table) });
  };

  const balanceOf = (topic: string) => {
    const { status, json } = shop.leanOps('balance', topic);
    return { exit: status, residuals: json.topics[0]?.named_residuals ?? [] };
  };

  test('a run commits while a Spark query is being read, and the session sees the commit at once', async () => {
    for (const topic of TOPICS) await remember(`semantic.${topic}`);
    sameRows(await page('spark-read', 'orders'), shop.query('semantic.orders'));
    await python('half = orders.toLocalIterator()\ntaken = [next(half) for _ in range(5)]');
    const late = path.join(shop.folder, 'messages', 'orders-late.ndjson');
    assert.equal(shop.leanOps('run', `orders=${late}`).status, 0);
    sameRows(await python('', 'taken + list(half)'), earlier[0]?.rows ?? []);
    const now = shop.query('semantic.orders');
    assert.equal(now.length, 702);
    sameRows(await page('spark-read', 'orders'), now);
    await remember('semantic.orders');
  });

  test('a third delivery under an evolved contract', () => {
    shop.editContract(
      'orders',
      [
        ['        physicalType: int\n        required: true\n', '        required: true\n'],
        ['decimal(18,2)', 'decimal(20,2)'],
        ['value: day', 'value: month'],
      ],
      '      - name: channel\n        logicalType: string\n',
    );
    const third = shop.delivery('third', [
      { order_id: 'ORD-000001', item_count: 3_000_000_000, channel: 'web' },
      { order_id: 'ORD-000002', total: '123456789012345678.91', placed_at: '2024-02-01T10:00:00Z' },
      { order_id: 'ORD-000003', unheard_of: true, weight_kg: 0.1 },
      { order_id: 'ORD-900001', item_count: 9_007_199_254_740_993n.toString(), channel: '' },
      { order_id: 'ORD-900002', total: 'no number' },
    ]);
    const { status, json } = shop.leanOps('run', third);
    assert.equal(status, 0);
    assert.partialDeepStrictEqual(json.semantic, [{ inserted: 1, updated: 3, rejected: 1 }]);
  });

  test('a rebuild under an incompatible contract', () => {
    shop.editContract('earthquakes', [
      ['decimal(4,2)', 'double'],
      ['value: day', 'value: month'],
    ]);
    assert.equal(shop.leanOps('rebuild', 'earthquakes').status, 0);
    assert.equal(shop.leanOps('balance', '--deep').status, 0);
  });

  for (const name of TABLES) {
    test(`${name}: Spark, PyIceberg and icebird read what query shows`, async () => {
      const expected = shop.query(name);
      sameRows(await spark(`SELECT * FROM lean_ops.${name}`), expected, 'Spark');
      sameRows(await pyiceberg(name), expected, 'PyIceberg');
      const table = await load(name);
      // A limit of icebird (docs/readers.md).
      if (expected.length === 0) return assert.rejects(readWithIcebird(table), /No data/i);
      const schema = currentSchema(table.metadata);
      const coarse = expected.map((row) => asIcebirdHolds(schema, row));
      sameRows(await readWithIcebird(table), coarse, 'icebird');
    });
  }

  test('each reader sees in older snapshots what query showed then', async () => {
    assert.equal(earlier.length, 3);
    for (const { table, snapshotId, rows } of earlier) {
      sameRows(await spark(`SELECT * FROM lean_ops.${table} VERSION AS OF ${snapshotId}`), rows, 'Spark');
      sameRows(await pyiceberg(table, `snapshot_id=${snapshotId}`), rows, 'PyIceberg');
      const loaded = await load(table);
      const { snapshots, schemas } = loaded.metadata;
      const snapshot = snapshots.find((each) => each['snapshot-id'] === snapshotId);
      const schema = schemas.find((each) => each['schema-id'] === snapshot?.['schema-id']);
      assert.ok(schema !== undefined);
      const coarse = rows.map((row) => asIcebirdHolds(schema, row));
      sameRows(await readWithIcebird(loaded, schema, snapshotId), coarse, 'icebird');
    }
  });

  test('every snippet of docs/readers.md', async () => {
    const now = shop.query('semantic.orders');
    const first = earlier[0]?.rows ?? [];
    sameRows(await page('spark-history', 'earlier'), first);
    assert.ok((await python('', 'history')).every((row) => row.batch_id !== null));
    sameRows(await page('pyiceberg-read', 'orders'), now);
    sameRows(await page('pyiceberg-history', 'earlier'), first);
    const { status, json } = shop.shell(pageSnippet('query', shop.root).trim());
    assert.equal(status, 0);
    sameRows(
      queryRows(json),
      now.map(({ order_id, status: state, total }) => ({
        order_id: order_id ?? null,
        status: state ?? null,
        total: total ?? null,
      })),
    );
    const tail = 'process.stdout.write(JSON.stringify(orders.map((row) => row.order_id).sort()));';
    const ids = now.map(({ order_id }) => order_id).sort();
    assert.deepEqual(shop.module(pageSnippet('icebird-read', shop.root) + tail), ids);
  });

  test('a Spark MERGE: query reads it, and balance names its snapshot', async () => {
    const batch = (await head('semantic.orders'))['snapshot-id'];
    await spark(
      `MERGE INTO lean_ops.semantic.orders t
       USING (SELECT * FROM lean_ops.semantic.orders WHERE order_id <= 'ORD-000020') s
       ON t.order_id = s.order_id AND s.order_id <> 'ORD-000007'
       WHEN MATCHED AND s.order_id = 'ORD-000005' THEN DELETE
       WHEN MATCHED THEN UPDATE SET t.channel = 'by spark', t.total = t.total + 0.01
       WHEN NOT MATCHED THEN INSERT *`,
    );
    const merged = shop.query('semantic.orders');
    sameRows(await spark('SELECT * FROM lean_ops.semantic.orders'), merged);
    sameRows(await pyiceberg('semantic.orders'), merged);
    assert.equal(merged.filter(({ channel }) => channel === 'by spark').length, 18);
    const foreign = await head('semantic.orders');
    assert.equal(foreign['parent-snapshot-id'], batch);
    const snapshot_id = foreign['snapshot-id'].toString();
    assert.deepEqual(balanceOf('orders'), {
      exit: 1,
      residuals: [{ name: 'FOREIGN_WRITE', equation: 'table', snapshot_id, rows: 0 }],
    });
    assert.deepEqual(balanceOf('earthquakes'), { exit: 0, residuals: [] });
  });

  test('a later run builds on the foreign write, and still names it', async () => {
    const fourth = shop.delivery('fourth', [
      { order_id: 'ORD-000006', channel: 'after spark' },
      { order_id: 'ORD-900003' },
    ]);
    const { status, json } = shop.leanOps('run', fourth);
    assert.equal(status, 1);
    assert.equal(json.balance.status, 'unbalanced');
    assert.partialDeepStrictEqual(json.semantic, [{ inserted: 1, updated: 1 }]);
    const rows = shop.query('semantic.orders');
    assert.equal(rows.filter(({ channel }) => channel === 'by spark').length, 17);
    assert.equal(rows.filter(({ channel }) => channel === 'after spark').length, 1);
    sameRows(await spark('SELECT * FROM lean_ops.semantic.orders'), rows);
    assert.equal(balanceOf('orders').residuals.length, 1);
  });

  test('Spark commits during a batch: both commits stay', async () => {
    const fifth = shop.delivery('fifth', [{ order_id: 'ORD-900004' }, { order_id: 'ORD-000008' }]);
    const [topic = '', file = ''] = fifth.split('=');
    assert.equal(shop.leanOps('ingest', topic, file).status, 0);
    let update: Promise<readonly PlainRow[]> | null = null;
    const faults: FaultPoints = {
      hit: (point) => {
        if (point !== 'semantic:after-files' || update !== null) return;
        const from = location(workspace.paths.database);
        update = spark("UPDATE lean_ops.semantic.orders SET channel = 'race' WHERE order_id = 'ORD-000009'");
        blockUntil('Spark commits', () => location(workspace.paths.database) !== from);
      },
    };
    const [result] = await semantic(workspace, faults);
    assert.equal(result?.counts.inserted, 1);
    await update;
    const rows = shop.query('semantic.orders');
    const channels = new Map(rows.map(({ order_id, channel }) => [order_id, channel]));
    assert.equal(channels.get('ORD-000009'), 'race');
    assert.ok(channels.has('ORD-900004'));
    sameRows(await spark('SELECT * FROM lean_ops.semantic.orders'), rows);
    assert.equal(balanceOf('orders').residuals.length, 2);
  });

  test('a run commits during a MERGE: Spark reports it, and nothing of the MERGE is committed', async () => {
    const [begun, go] = [path.join(shop.folder, 'begun'), path.join(shop.folder, 'go')];
    await python(`
import os, time
def wait(key):
    open(${JSON.stringify(begun)}, "w").close()
    end = time.monotonic() + ${DEADLINE_MS / 1_000}
    while not os.path.exists(${JSON.stringify(go)}):
        if time.monotonic() > end:
            raise TimeoutError("the test did not let the MERGE go on")
        time.sleep(0.05)
    return key
spark.udf.register("wait", wait)`);
    const merge = spark(
      `MERGE INTO lean_ops.semantic.orders t USING (SELECT wait(order_id) AS order_id FROM VALUES ('ORD-000010') s(order_id)) s
       ON t.order_id = s.order_id WHEN MATCHED THEN UPDATE SET t.channel = 'late'`,
    ).then(
      () => 'committed',
      (error: Error) => error.message,
    );
    blockUntil('the MERGE begins', () => existsSync(begun));
    const before = shop.query('semantic.orders');
    const sixth = shop.delivery('sixth', [{ order_id: 'ORD-000010', channel: 'ours' }]);
    assert.partialDeepStrictEqual(shop.leanOps('run', sixth).json.semantic, [{ updated: 1 }]);
    writeFileSync(go, '');
    assert.match(await merge, /ValidationException: Found conflicting files/);
    const rows = shop.query('semantic.orders');
    assert.equal(rows.length, before.length);
    assert.equal(rows.find(({ order_id }) => order_id === 'ORD-000010')?.channel, 'ours');
    sameRows(await spark('SELECT * FROM lean_ops.semantic.orders'), rows);
  });

  test('a rebuild repairs the table', async () => {
    assert.equal(shop.leanOps('rebuild', 'orders').status, 0);
    const rows = shop.query('semantic.orders');
    assert.equal(rows.filter(({ channel }) => channel === 'by spark' || channel === 'race').length, 0);
    sameRows(await spark('SELECT * FROM lean_ops.semantic.orders'), rows);
    sameRows(await pyiceberg('semantic.orders'), rows);
    const { status, json } = shop.leanOps('balance', '--deep');
    assert.equal(status, 0);
    assert.deepEqual(
      json.topics.flatMap((each) => each.named_residuals),
      [],
    );
  });

  test('rows removed from RAW: semantic halts, a rebuild uses the remaining rows, and the loss stays reported', async () => {
    const { length } = shop.query('semantic.orders');
    await spark("DELETE FROM lean_ops.raw.orders WHERE message_id LIKE 'ORD-000011/%'");
    const halted = shop.leanOps('semantic', 'orders');
    assert.equal(halted.status, 3);
    assert.match(JSON.stringify(halted.json), /RAW_HISTORY_CHANGED/);
    assert.equal(shop.query('semantic.orders').length, length);
    assert.equal(shop.leanOps('rebuild', 'orders').status, 0);
    const rows = shop.query('semantic.orders');
    assert.equal(rows.length, length - 1);
    sameRows(await spark('SELECT * FROM lean_ops.semantic.orders'), rows);
    assert.equal(balanceOf('orders').exit, 1);
  });
});

async function semantic(workspace: Workspace, faults: FaultPoints = NO_FAULTS) {
  const { tempDirectory } = workspace;
  const engine = await openEngine({ memoryLimit: '1GiB', threads: 2, tempDirectory });
  try {
    return await runSemantic(workspace, ['orders'], {
      signal: new AbortController().signal,
      faults,
      engine: async () => engine,
      onPhase: () => undefined,
    });
  } finally {
    engine.close();
  }
}

/** The metadata location of semantic.orders in the catalog. */
function location(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare(
        "SELECT metadata_location AS at FROM iceberg_tables WHERE table_name = 'orders' AND table_namespace = 'semantic'",
      )
      .get()?.at;
  } finally {
    database.close();
  }
}
