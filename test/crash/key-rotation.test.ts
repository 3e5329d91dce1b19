import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { FAULT_POINTS, FAULT_VARIABLE } from '../../src/embedded/faults.ts';
import { rowsOf, soundContent, withOpened } from './content.ts';
import { assertSays, call, openBench, succeed } from './harness.ts';

const NEW_KEY = { LEAN_OPS_MASKING_KEY: '5eed'.repeat(16) };
/** A purge is a change of maintenance, and a rebuild and a run do no other one. */
const POINTS = FAULT_POINTS.filter((point) => point.startsWith('maintain:after-'));
const HASH = /\b[0-9a-f]{64}\b/g;

async function answer(root: string, ...argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await call(root, [...argv, '--json', '--quiet'], NEW_KEY);
  assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** Every hash in every Parquet file below the folder, whether a snapshot refers to the file or not. */
async function hashesIn(folder: string): Promise<ReadonlySet<string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map((entry) => join(entry.parentPath, entry.name));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found = new Set<string>();
  for (const file of files) {
    const rows = (
      await connection.runAndReadAll(`SELECT t::VARCHAR AS row FROM read_parquet('${file}') t`)
    ).getRows();
    for (const [row] of rows) for (const [hash] of String(row).matchAll(HASH)) found.add(hash);
  }
  connection.closeSync();
  instance.closeSync();
  return found;
}

const fingerprint = (root: string): Promise<string | null> =>
  withOpened(root, async ({ store }) => (await store.checkpoint('orders')).maskingKeyFingerprint);

/**
 * docs/contract.md, "A new masking key": afterwards no hash of the old key is left, however often it was
 * killed.
 */
suite('a new masking key', () => {
  test('is refused until a rebuild, which leaves no old hash although it is killed at every point of the purge', async () => {
    const bench = openBench();
    try {
      const root = bench.workspace('rotated', ['orders']);
      await succeed(root, 'run');
      const tables = ['orders', 'orders_errors'].map((name) => join(root, 'data/warehouse/semantic', name));
      const before = await soundContent(root);
      const oldPrint = await fingerprint(root);
      const old = new Set((await Promise.all(tables.map(hashesIn))).flatMap((each) => [...each]));
      assert.ok(old.size > 100, 'the table shows hashes');

      const refused = await call(root, ['run', `orders=${bench.late}`], NEW_KEY);
      assertSays(refused, 3, 'MASKING_KEY_CHANGED', /lean-ops rebuild/);
      assert.equal(await fingerprint(root), oldPrint);

      const kill = async (fault: string, ...argv: readonly string[]): Promise<void> => {
        const { signal, stderr } = await call(root, argv, { ...NEW_KEY, [FAULT_VARIABLE]: fault });
        assert.equal(signal, 'SIGKILL', `${argv.join(' ')} did not pass ${fault}: ${stderr}`);
        // A reader in between finds a valid table.
        await answer(root, 'balance');
        await answer(root, 'query', 'SELECT count(*) FROM semantic.orders');
      };
      await kill('maintain:after-work-opened', 'rebuild', 'orders');
      // The purge of the semantic table, then of the errors table.
      for (const point of POINTS.slice(1)) await kill(point, 'run');
      for (const point of ['maintain:after-prepared', 'maintain:between-removals']) await kill(point, 'run');
      await answer(root, 'run');

      assert.notEqual(await fingerprint(root), oldPrint);
      const now = new Set((await Promise.all(tables.map(hashesIn))).flatMap((each) => [...each]));
      assert.ok(now.size > 100, 'the table shows hashes');
      // error_id and hashes of content are not masked values. They may stay the same, and only the errors
      // table has them.
      const errorIds = new Set(
        JSON.stringify([...before.entries()].filter(([name]) => name.endsWith('orders_errors')))
          .match(/"error_id\\":\\"[0-9a-f]{64}/g)
          ?.map((each) => each.slice(-64)),
      );
      assert.deepEqual(
        [...now].filter((hash) => old.has(hash) && !errorIds.has(hash)),
        [],
      );
      const { status, topics } = JSON.parse(await answer(root, 'balance', '--deep'));
      assert.deepEqual([status, topics[0].deep.status], ['balanced', 'equal']);
      const after = await soundContent(root);
      const count = (content: typeof after): readonly (readonly [string, number])[] =>
        [...rowsOf(content)].map(([name, rows]) => [name, rows.length]);
      const late = new Map(count(after));
      for (const [name, rows] of count(before)) assert.ok((late.get(name) ?? 0) >= rows, name);
      for (const name of ['orders', 'orders_errors'])
        await withOpened(root, async ({ store }) => {
          const [entry] = await store.maintenance(`semantic.${name}`, 1);
          assert.equal(entry?.action, 'expire-snapshots', name);
        });
    } finally {
      bench.remove();
    }
  });
});
