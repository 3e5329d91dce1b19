import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openWorkspace } from '../../../src/embedded/workspace/open.ts';
import { fails } from '../../state/contract.ts';
import { intentAfter, semantic, TTL } from '../../state/samples.ts';
import { type Temporary, temporaryWorkspace } from '../../support/temporary.ts';

describe('opening a workspace', () => {
  let temporary: Temporary;
  beforeEach(async () => {
    temporary = await temporaryWorkspace();
  });
  afterEach(() => temporary.remove());
  const open = (root: string, environment: Record<string, string> = {}) =>
    openWorkspace(root, { clock: () => 0n, environment });

  it('creates data and key on first use, readable by the owner only', async () => {
    const workspace = await temporary.open();
    const modes = await Promise.all(
      [workspace.paths.data, workspace.paths.database, workspace.paths.maskingKey].map(async (path) =>
        ((await stat(path)).mode & 0o777).toString(8),
      ),
    );
    assert.deepEqual(modes, ['700', '600', '600']);
    assert.match(await readFile(workspace.paths.maskingKey, 'utf8'), /^[0-9a-f]{64}\n$/);
    assert.match((await workspace.maskingKey())?.fingerprint ?? '', /^[0-9a-f]{16}$/);
    assert.deepEqual(await workspace.topicNames(), []);
    assert.equal((await workspace.config()).lease.seconds, 60);
    await workspace.close();
  });

  it('creates the key if the first run was killed before it did', async () => {
    const first = await temporary.open();
    await first.close();
    await rm(first.paths.secrets, { recursive: true });
    const second = await temporary.open();
    assert.notEqual(await second.maskingKey(), null);
    assert.deepEqual(await readdir(second.paths.secrets), ['masking.key']);
    await second.close();
  });

  it('never creates another key after a batch started: a lost key must be restored', async () => {
    const first = await temporary.open();
    const answer = await first.store.acquireLease(semantic('orders'), first.owner, TTL, temporary.now);
    assert.ok(answer.kind === 'acquired');
    await first.store.storeIntent(answer.lease, intentAfter(await first.store.checkpoint('orders'), 1n));
    await first.close();
    await rm(first.paths.maskingKey);
    const second = await temporary.open();
    assert.equal(await second.maskingKey(), null);
    await second.close();
  });

  it('uses the key of the environment and creates none', async () => {
    const workspace = await open(temporary.root, { LEAN_OPS_MASKING_KEY: 'ab'.repeat(32) });
    assert.equal((await workspace.maskingKey())?.bytes.byteLength, 32);
    await assert.rejects(stat(workspace.paths.maskingKey));
    await workspace.close();
    const broken = await open(temporary.root, { LEAN_OPS_MASKING_KEY: 'secret text' });
    await assert.rejects(broken.maskingKey(), (error: Error) => {
      assert.ok(!error.message.includes('secret text'));
      return fails('MASKING_KEY_INVALID')(error);
    });
    await broken.close();
  });

  it('throws WORKSPACE_MISSING for folders that are not a workspace', async () => {
    await assert.rejects(open(join(temporary.root, 'nowhere')), fails('WORKSPACE_MISSING'));
    await mkdir(join(temporary.root, 'empty'));
    await assert.rejects(open(join(temporary.root, 'empty')), fails('WORKSPACE_MISSING'));
    await assert.rejects(open(join(temporary.root, 'lean-ops.yaml')), fails('WORKSPACE_MISSING'));
  });

  it('throws WORKSPACE_MOVED after a move and for a copy, but not for another path to the same folder', async () => {
    await (await temporary.open()).close();
    const link = `${temporary.root}-link`;
    await symlink(temporary.root, link);
    await (await open(link)).close();
    await rm(link);
    const copy = `${temporary.root}-copy`;
    await cp(temporary.root, copy, { recursive: true });
    await assert.rejects(open(copy), fails('WORKSPACE_MOVED'));
    await rm(temporary.root, { recursive: true });
    await rename(copy, temporary.root);
    await (await temporary.open()).close();
  });

  it('throws CATALOG_NEWER', async () => {
    const workspace = await temporary.open();
    await workspace.close();
    const database = new DatabaseSync(workspace.paths.database);
    database.exec('PRAGMA user_version = 2000');
    database.close();
    await assert.rejects(temporary.open(), fails('CATALOG_NEWER'));
  });

  it('throws WORKSPACE_READ_ONLY', async () => {
    // A file system in which nobody can create files, not even root.
    await symlink('/sys', join(temporary.root, 'data'));
    await assert.rejects(temporary.open(), fails('WORKSPACE_READ_ONLY'));
  });

  it('finds topics by their files, and reports the problems of a file', async () => {
    const workspace = await temporary.open();
    await mkdir(workspace.paths.topics);
    await writeFile(join(workspace.paths.topics, 'orders.odcs.yaml'), 'kind: Nonsense\n');
    await writeFile(join(workspace.paths.topics, 'README.md'), '');
    assert.deepEqual(await workspace.topicNames(), ['orders']);
    await assert.rejects(workspace.contract('orders'), fails('CONTRACT_INVALID'));
    await assert.rejects(workspace.contract('payments'), fails('TOPIC_UNKNOWN'));
    await workspace.close();
  });
});
