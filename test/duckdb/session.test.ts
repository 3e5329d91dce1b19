import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bindMaskingKey } from '../../src/duckdb/batch/bind-masking-key.ts';
import { type Engine, openEngine, stoppedError } from '../../src/duckdb/engine/engine.ts';
import { withSession } from '../../src/duckdb/engine/session.ts';
import { readSourceFiles } from '../support/source-files.ts';

suite('a session of the engine', () => {
  let folder: string;
  let engine: Engine;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lean-ops-session-'));
    engine = await openEngine({
      memoryLimit: '256MiB',
      threads: 1,
      tempDirectory: path.join(folder, 'temp'),
    });
  });
  after(async () => {
    engine.close();
    await rm(folder, { recursive: true });
  });

  const relations = async (): Promise<readonly unknown[]> => {
    const rows = await engine.rows(
      `SELECT table_name AS name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  };

  test('gives the relations that it makes, and drops all of them at its end', async () => {
    const sum = await withSession(engine, async (session) => {
      const payloads = await session.table('payloads', 'SELECT $1 AS payload, 2 AS n', ['secret']);
      const doubled = await session.view('doubled', `SELECT n * 2 AS n FROM ${payloads.name}`);
      assert.deepEqual(await relations(), ['doubled', 'payloads']);
      return engine.rows(`SELECT n FROM ${doubled.name}`);
    });
    assert.deepEqual(sum, [{ n: 4 }]);
    assert.deepEqual(await relations(), []);
  });

  test('drops everything after a failure in the middle, and the failure is thrown', async () => {
    const work = withSession(engine, async (session) => {
      await session.table('payloads', 'SELECT 1 AS n');
      await session.view('seen', 'FROM payloads');
      await session.table('broken', 'SELECT nothing FROM payloads');
      await session.table('never', 'SELECT 1 AS n');
    });
    await assert.rejects(work, /nothing/);
    assert.deepEqual(await relations(), []);
  });

  test('drops everything after an interruption', async () => {
    const work = withSession(engine, async (session) => {
      await session.table('payloads', 'SELECT 1 AS n');
      const endless = session.table(
        'endless',
        'SELECT count(*) AS n FROM range(100000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3',
      );
      setTimeout(() => engine.interrupt(), 100);
      await endless;
    });
    await assert.rejects(work, { code: 'INTERRUPTED' });
    assert.deepEqual(await relations(), []);
  });

  test('drops everything although an interruption hits the drop', async () => {
    let hits = 0;
    const interrupted: Engine = {
      ...engine,
      run: async (sql, values) => {
        if (!sql.startsWith('DROP') || hits++ > 0) return engine.run(sql, values);
        throw stoppedError('running a query');
      },
    };
    const make = () => withSession(interrupted, (session) => session.table('payloads', 'SELECT 1 AS n'));
    await make();
    assert.deepEqual([hits, await relations()], [2, []]);
    await make();
  });

  test('binds a name once, also in a session within it', async () => {
    const again = withSession(engine, async (session) => {
      await session.table('target', 'SELECT 1 AS n');
      await session.view('target', 'SELECT 2 AS n');
    });
    await assert.rejects(again, /the relation target is bound once/);
    const within = withSession(engine, async (session) => {
      await session.table('target', 'SELECT 1 AS n');
      await withSession(engine, (inner) => inner.table('target', 'SELECT 2 AS n'));
    });
    await assert.rejects(within, /the relation target is bound once/);
    assert.deepEqual(await relations(), []);
  });

  test('releases a name at its end, and keeps the relations of an outer session', async () => {
    await withSession(engine, async (outer) => {
      const kept = await withSession(engine, async (inner) => {
        const source = await inner.table('source', 'SELECT 1 AS n');
        return outer.table('kept', `FROM ${source.name}`);
      });
      assert.deepEqual(await relations(), ['kept']);
      await withSession(engine, (inner) => inner.table('source', 'SELECT 2 AS n'));
      assert.deepEqual(await engine.rows(`FROM ${kept.name}`), [{ n: 1 }]);
    });
    assert.deepEqual(await relations(), []);
  });

  test('makes the masking key from bound values: no statement contains it', async () => {
    const bytes = Buffer.from('key-of-the-workspace-that-nobody-may-see');
    await engine.run("CALL enable_logging('QueryLog')");
    await withSession(engine, async (session) => {
      const key = await bindMaskingKey(session, { bytes, fingerprint: 'f' });
      assert.equal((await engine.rows(`FROM ${key.name}`)).length, 1);
    });
    const logged = (await engine.rows('SELECT message FROM duckdb_logs')).map(({ message }) =>
      String(message),
    );
    assert.ok(logged.some((message) => message.includes('CREATE TEMP TABLE masking_key')));
    // The inner block is the key's bytes, each combined with 0x36 by exclusive or.
    const inner = Buffer.from(bytes.map((byte) => byte ^ 0x36));
    for (const text of [
      bytes.toString(),
      bytes.toString('hex'),
      inner.toString('latin1'),
      inner.toString('hex'),
    ])
      assert.ok(!logged.some((message) => message.toLowerCase().includes(text.toLowerCase())));
  });

  test('refuses a name that would need quotes', async () => {
    const work = withSession(engine, (session) => session.table('a b', 'SELECT 1 AS n'));
    await assert.rejects(work, /plain name/);
  });
});

test('only a session makes temporary relations', () => {
  const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
  const makers = readSourceFiles(root)
    .filter((file) => file.path.startsWith('src/') && /CREATE (?:OR REPLACE )?TEMP/.test(file.text))
    .map((file) => file.path);
  assert.deepEqual(makers, ['src/duckdb/engine/session.ts']);
});
