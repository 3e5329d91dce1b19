import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import { LeanOpsError } from '../../src/errors/error.ts';

suite('the DuckDB engine', () => {
  let folder: string;
  let engine: Engine;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lean-ops-duckdb-'));
    engine = await openEngine({
      memoryLimit: '512MiB',
      threads: 2,
      tempDirectory: path.join(folder, 'temp'),
    });
  });
  after(async () => {
    engine.close();
    await rm(folder, { recursive: true });
  });

  test('spills into a folder for its owner only, and uses UTC', async () => {
    assert.equal((await stat(path.join(folder, 'temp'))).mode & 0o777, 0o700);
    const [row] = await engine.rows(
      "SELECT current_setting('TimeZone') AS zone, TIMESTAMPTZ '2024-01-01'::VARCHAR AS text",
    );
    assert.deepEqual(row, { zone: 'UTC', text: '2024-01-01 00:00:00+00' });
  });

  test('values come exactly, in plain types', async () => {
    const [row] =
      await engine.rows(`SELECT 9223372036854775807 AS long, 1::INTEGER AS int, 0.1::DOUBLE AS double,
      1.50::DECIMAL(38, 2) AS decimal, TIMESTAMPTZ '2024-01-01 00:00:00.000001+00' AS ts, DATE '1970-01-03' AS day,
      true AS yes, NULL AS nothing, 'ä' AS text, '\\x01'::BLOB AS bytes, [1, NULL] AS list, {a: 1, b: {c: 'x'}} AS struct,
      MAP {'k': 2} AS map, 170141183460469231731687303715884105727::HUGEINT AS huge, TIMESTAMP '1970-01-01 00:00:01' AS local`);
    assert.deepEqual(row, {
      long: 9223372036854775807n,
      int: 1,
      double: 0.1,
      decimal: '1.50',
      ts: 1704067200000001n,
      day: 2,
      yes: true,
      nothing: null,
      text: 'ä',
      bytes: Buffer.from([1]),
      list: [1, null],
      struct: { a: 1, b: { c: 'x' } },
      map: new Map([['k', 2]]),
      huge: 170141183460469231731687303715884105727n,
      local: 1000000n,
    });
  });

  test('an error text never shows a value of the data', async () => {
    await assert.rejects(
      engine.rows("SELECT 'very-secret'::INTEGER"),
      (error) => error instanceof LeanOpsError && !inspect(error, { depth: 9 }).includes('secret'),
    );
  });

  test('a running statement ends when it is interrupted, and the engine can be used again', async () => {
    const running = engine.rows(
      'SELECT count(*) FROM range(100000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3',
    );
    setTimeout(() => engine.interrupt(), 100);
    await assert.rejects(running, {
      code: 'INTERRUPTED',
      message: 'INTERRUPTED while running a query: the query was stopped',
    });
    assert.deepEqual(await engine.rows('SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('a full disk is reported as DISK_FULL', async () => {
    await engine.run("SET max_temp_directory_size = '1MiB'");
    await engine.run("SET memory_limit = '30MiB'");
    await assert.rejects(
      engine.rows('SELECT * FROM range(20000000) ORDER BY hash(range) LIMIT 1 OFFSET 19000000'),
      { code: 'DISK_FULL' },
    );
  });
});
