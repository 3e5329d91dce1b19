import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database } from '../../../src/state/sqlite/database.ts';
import { openSqliteStore } from '../../../src/state/sqlite/store.ts';
import { fails } from '../contract.ts';
import { type Folder, newFolder } from './workspace.ts';

describe('SQLite: its errors become those of the taxonomy', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await newFolder();
  });
  afterEach(() => folder.remove());

  it('throws DISK_FULL, rolls back, and works again once there is space', () => {
    const database = new Database(folder.file);
    database.script('CREATE TABLE t (a BLOB)');
    database.script('PRAGMA max_page_count = 10');
    const fill = () =>
      database.write(() => {
        for (let index = 0; index < 100; index++) database.run('INSERT INTO t VALUES (zeroblob(4096))');
      });
    assert.throws(fill, fails('DISK_FULL'));
    assert.equal(database.get('SELECT count(*) AS rows FROM t')?.rows, 0n);
    database.script('PRAGMA max_page_count = 1000');
    fill();
    assert.equal(database.get('SELECT count(*) AS rows FROM t')?.rows, 100n);
    database.close();
  });

  it('throws WORKSPACE_READ_ONLY', () => {
    const database = new Database(folder.file);
    database.script('CREATE TABLE t (a INTEGER); PRAGMA query_only = ON');
    assert.throws(() => database.run('INSERT INTO t VALUES (1)'), fails('WORKSPACE_READ_ONLY'));
    database.close();
    assert.throws(() => new Database(join(folder.root, 'missing', 'x.db')), fails('WORKSPACE_READ_ONLY'));
  });

  it('throws STATE_BUSY after the busy timeout', () => {
    const one = new Database(folder.file);
    const two = new Database(folder.file);
    two.script('PRAGMA busy_timeout = 20');
    one.write(() => assert.throws(() => two.write(() => 0), fails('STATE_BUSY')));
    assert.equal(
      two.write(() => 1),
      1,
    );
    one.close();
    two.close();
  });

  it('throws STATE_DAMAGED for a file that is not a database', async () => {
    await writeFile(folder.file, 'no database at all, but long enough to be looked at\n'.repeat(100));
    assert.throws(() => folder.open(), fails('STATE_DAMAGED'));
  });

  it('throws CATALOG_NEWER and changes nothing', async () => {
    await folder.open().store.close();
    const raw = new DatabaseSync(folder.file);
    raw.exec('PRAGMA user_version = 999');
    raw.close();
    assert.throws(() => folder.open(), fails('CATALOG_NEWER'));
  });

  it('throws WORKSPACE_MOVED if the tables name another folder', async () => {
    const opened = folder.open();
    await opened.store.close();
    const moved = { file: folder.file, root: '/somewhere/else', isOwnerDead: () => false };
    assert.throws(() => openSqliteStore(moved), fails('WORKSPACE_MOVED'));
    const again = folder.open();
    await again.store.close();
  });

  it('loses no step of processes that open, acquire, count and release at the same time', async () => {
    const script = join(import.meta.dirname, 'racer.ts');
    const racers = [1, 2, 3].map((racer) =>
      spawn(process.execPath, [script, folder.file, folder.root, `racer${racer}`, '15'], {
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    );
    const codes = await Promise.all(racers.map(async (racer) => (await once(racer, 'exit'))[0]));
    assert.deepEqual(codes, [0, 0, 0]);
    const { store } = folder.open();
    const checkpoint = await store.checkpoint('orders');
    assert.equal(checkpoint.totals.outcomes.inserted, 45);
    assert.equal(checkpoint.sequenceNumber, 45n);
    assert.equal((await store.counters('orders', '0000', '9999'))[0]?.batches, 45);
    assert.equal(await store.leaseHolder({ topic: 'orders', work: 'semantic' }), null);
    await store.close();
  });
});
