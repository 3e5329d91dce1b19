import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { backupWorkspace } from '../../../src/embedded/workspace/backup.ts';
import type { Check } from '../../../src/embedded/workspace/check.ts';
import { doctor } from '../../../src/embedded/workspace/doctor.ts';
import { openWorkspace } from '../../../src/embedded/workspace/open.ts';
import { fails } from '../../state/contract.ts';
import { letter } from '../../state/samples.ts';
import { temporaryWorkspace } from '../../support/temporary.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

const CONTRACT = wrappedContract(
  [
    ID,
    '{ name: note, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: hash }] }',
  ],
  { custom: ['{ property: envelope, value: wrapped }', '{ property: publishTime, value: publishTime }'] },
);
const NEVER = new AbortController().signal;

describe('doctor and backup', () => {
  let bench: Workbench;
  let elsewhere: string;
  beforeEach(async () => {
    bench = await workbench(CONTRACT);
    elsewhere = `${bench.temporary.root}-elsewhere`;
    await bench.putRaw([
      { id: 'a', time: 1n, payload: '{"id":"a","note":"x"}' },
      { id: 'b', time: 1n, payload: '{"id":"b"}' },
    ]);
    await bench.run();
    await bench.putRaw([{ id: 'a2', time: 2n, payload: '{"id":"a","note":"y"}' }]);
    await bench.run();
  });
  afterEach(async () => {
    await bench.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  const options = { clock: () => bench.temporary.now, environment: {} };
  const examine = (deep = false) => doctor(bench.temporary.root, options, deep);
  const notOk = (checks: readonly Check[]) =>
    checks
      .filter(({ status, name }) => status !== 'ok' && name !== 'disk space')
      .map(({ name, status }) => [name, status]);
  const parquet = async (table: string) => {
    const folder = join(bench.workspace.paths.warehouse, table, 'data');
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((name) => name.endsWith('.parquet')).map((name) => join(folder, name));
  };

  it('passes every check in an intact workspace', async () => {
    const checks = await examine(true);
    assert.deepEqual(notOk(checks), []);
    const names = checks.map(({ name }) => name);
    for (const name of [
      'node',
      'duckdb',
      'file system',
      'clock',
      'masking key',
      'state',
      'raw.things',
      'semantic.things',
    ]) {
      assert.ok(names.includes(name), name);
    }
  });

  it('names missing, truncated and changed files', async () => {
    const [file = ''] = await parquet('semantic/things');
    const bytes = await readFile(file);
    const find = async (deep: boolean) => (await examine(deep)).find(({ status }) => status === 'failed');
    await truncate(file, 10);
    assert.match((await find(false))?.detail ?? '', /has 10 bytes instead of/);
    await rename(file, `${file}.away`);
    assert.ok((await find(false))?.detail.includes(`${file} is missing`));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    assert.equal(await find(false), undefined);
    const found = await find(true);
    assert.equal(found?.name, 'semantic.things');
    assert.ok(
      found?.detail.includes(file) &&
        found.detail.includes('differs from the bytes') &&
        found.remedy !== null,
    );
  });

  it('finds open permissions, a clock set back, a lost key, a bad contract, a bad setting', async () => {
    const { paths } = bench.workspace;
    await chmod(paths.database, 0o644);
    await writeFile(paths.maskingKey, `${'ab'.repeat(32)}\n`);
    await writeFile(join(paths.topics, 'broken.odcs.yaml'), 'kind: x\n');
    await writeFile(paths.config, 'version: 1\nnonsense: 1\n');
    bench.temporary.now -= 3_600_000_000n;
    assert.deepEqual(notOk(await examine()).sort(), [
      ['clock', 'warning'],
      ['configuration', 'failed'],
      ['contracts', 'failed'],
      ['masking key', 'failed'],
      ['permissions', 'failed'],
    ]);
  });

  it('reports a workspace that does not open, and throws only without a workspace', async () => {
    const broken = await temporaryWorkspace();
    await mkdir(join(broken.root, 'data'));
    await writeFile(join(broken.root, 'data', 'lean-ops.db'), 'x'.repeat(5000));
    assert.deepEqual(notOk(await doctor(broken.root, options, false)), [['workspace', 'failed']]);
    await broken.remove();
    await assert.rejects(
      doctor(join(bench.temporary.root, 'data'), options, false),
      fails('WORKSPACE_MISSING'),
    );
  });

  for (const link of [true, false]) {
    it(`makes an independent copy (${link ? 'linked' : 'copied'})`, async () => {
      const big = letter('things', 'large', {
        body: { kind: 'file', pointer: 'data/dead-letters/ab', size: 1n },
      });
      await mkdir(bench.workspace.paths.deadLetters);
      await writeFile(join(bench.workspace.paths.deadLetters, 'ab'), 'x');
      await bench.workspace.store.storeDeadLetters([big]);
      const backup = await backupWorkspace(bench.workspace, elsewhere, { link, signal: NEVER });
      assert.ok(backup.verified >= 3 && backup.files > backup.verified);
      assert.equal((await stat(join(elsewhere, 'data', 'lean-ops.db'))).mode & 0o777, 0o600);
      await assert.rejects(openWorkspace(elsewhere, options), fails('WORKSPACE_MOVED'));
      // The original is lost, and the copy replaces it.
      const expected = await bench.rows('things', 'id');
      await rm(bench.temporary.root, { recursive: true });
      await rename(elsewhere, bench.temporary.root);
      assert.deepEqual(notOk(await examine(true)), []);
      const restored = await openWorkspace(bench.temporary.root, options);
      assert.equal((await restored.store.deadLetterCounts('things')).open, 1);
      assert.equal((await restored.store.checkpoint('things')).totals.outcomes.rawRows, 3);
      await restored.close();
      assert.equal(expected.length, 2);
    });
  }

  it('refuses targets that are not empty or inside the workspace, and damaged originals', async () => {
    const go = (target: string) => backupWorkspace(bench.workspace, target, { link: false, signal: NEVER });
    await assert.rejects(go(bench.temporary.root), fails('WORKSPACE_EXISTS'));
    await assert.rejects(go(join(bench.temporary.root, 'backup')), fails('WORKSPACE_EXISTS'));
    const [file = ''] = await parquet('semantic/things');
    const bytes = await readFile(file);
    bytes[8] = (bytes[8] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await assert.rejects(go(elsewhere), fails('DATA_FILE_CORRUPT'));
    await assert.rejects(openWorkspace(elsewhere, options), fails('WORKSPACE_MISSING'));
  });
});
