import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { queryEngine, queryWorkspace } from '../../src/duckdb/tables/query.ts';
import { withReader } from '../../src/duckdb/tables/reader.ts';
import { initWorkspace } from '../../src/embedded/workspace/init.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { LeanOpsError } from '../../src/errors/error.ts';

let folder = '';
let workspace: Workspace;
const never = new AbortController().signal;

suite('query', () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
    const { root } = await initWorkspace(join(folder, 'w'));
    workspace = await openWorkspace(root, { clock: () => 0n, environment: {} });
  });
  after(async () => {
    await workspace.close();
    rmSync(folder, { recursive: true });
  });

  test('values come without loss: large integers, decimals and times as text', async () => {
    const sql = `SELECT 7::BIGINT AS a, 9007199254740993 AS b, 1.50::DECIMAL(5,2) AS c, NULL AS d, 'x' AS a,
      TIMESTAMPTZ '2024-02-01 10:00:00.123456+00' AS e, [1, 2] AS f`;
    const { columns, rows, truncated } = await queryWorkspace(workspace, sql, 10, never);
    assert.deepEqual(rows, [
      [7, '9007199254740993', '1.50', null, 'x', '2024-02-01 10:00:00.123456+00', [1, 2]],
    ]);
    assert.equal(new Set(columns.map(({ name }) => name)).size, 7);
    assert.equal(truncated, false);
  });

  test('more rows than the limit are reported as truncated', async () => {
    const limited = await queryWorkspace(workspace, 'SELECT * FROM range(5000)', 4999, never);
    assert.deepEqual([limited.rows.length, limited.truncated], [4999, true]);
    const exact = await queryWorkspace(workspace, 'SELECT * FROM range(5000)', 5000, never);
    assert.deepEqual([exact.rows.length, exact.truncated], [5000, false]);
  });

  test('anything but one reading statement over the tables is refused', async () => {
    const secrets = join(workspace.paths.secrets, 'masking.key');
    const refused = [
      "COPY (SELECT 1) TO 'x.csv'",
      `COPY (SELECT 1) TO '${workspace.paths.warehouse}/x.csv'`,
      "SELECT * FROM read_text('/etc/hostname')",
      `SELECT * FROM read_text('${secrets}')`,
      `SELECT * FROM read_text('${workspace.paths.warehouse}/../../secrets/masking.key')`,
      `SELECT * FROM '${workspace.paths.database}'`,
      'SELECT 1; SELECT 2',
      "ATTACH 'x.db'",
      'SET threads = 1',
      "SET allowed_directories = ['/']",
      'INSTALL httpfs',
      'EXPLAIN ANALYZE SELECT 1',
      'CREATE TABLE t (a INT)',
      'SELEC 1',
      'SELECT * FROM semantic.nothing',
      "SELECT CAST('x' AS INT)",
      '',
      ' -- only a comment',
    ];
    await withReader(workspace, never, async (engine) => {
      for (const sql of refused) {
        await assert.rejects(
          queryEngine(engine, sql, 10),
          (error) => error instanceof LeanOpsError && error.code === 'QUERY_REFUSED',
          sql,
        );
      }
      assert.deepEqual((await queryEngine(engine, 'SELECT 1 AS one', 10)).rows, [[1]]);
    });
  });

  test('an explanation of the engine suggests no setting that a query cannot change', async () => {
    const explained: readonly (readonly [string, RegExp])[] = [
      ["SELECT * FROM st_read('x')", /st_read/],
      ["SELECT * FROM read_text('/etc/hostname')", /a query reads raw\.\* and semantic\.\* only/],
      ['SELECT nothing FROM (SELECT 1 AS some)', /"nothing"[\s\S]*LINE 1/],
    ];
    await withReader(workspace, never, async (engine) => {
      for (const [sql, expected] of explained) {
        const thrown = await queryEngine(engine, sql, 10).catch((error: unknown) => error);
        assert.ok(thrown instanceof LeanOpsError);
        assert.match(thrown.details.detail, expected);
        assert.doesNotMatch(thrown.details.detail, /INSTALL|LOAD|SET |configuration|extracting/);
      }
    });
  });

  test('a long query ends when it is stopped', async () => {
    const sql = 'SELECT count(*) FROM range(100000000) a, range(1000) b WHERE hash(a.range, b.range) % 7 = 1';
    // At once, and while the query runs or is about to.
    for (const stopped of [AbortSignal.abort(), AbortSignal.timeout(200)])
      await assert.rejects(
        queryWorkspace(workspace, sql, 10, stopped),
        (error) => error instanceof LeanOpsError && error.code === 'INTERRUPTED',
      );
  });
});
