import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readContracts } from '../../../src/contract/contract-folder.ts';
import { initWorkspace } from '../../../src/embedded/workspace/init.ts';
import { openWorkspace } from '../../../src/embedded/workspace/open.ts';
import { fails } from '../../state/contract.ts';

describe('a new workspace', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-ops-init-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('opens, and its sample contract is valid without a warning', async () => {
    const made = await initWorkspace(join(folder, 'deep', 'new'));
    const workspace = await openWorkspace(made.root, { clock: () => 0n, environment: {} });
    const loaded = await readContracts(workspace.paths.topics);
    assert.deepEqual([loaded.problems, loaded.warnings], [[], []]);
    assert.deepEqual(await workspace.topicNames(), ['sensor_readings']);
    const [input = ''] = (await workspace.config()).inputs.sensor_readings ?? [];
    assert.equal((await readFile(join(made.root, input), 'utf8')).trimEnd().split('\n').length, 7);
    assert.ok((await workspace.maskingKey()) !== null);
    await workspace.close();
    for (const file of made.files) await stat(join(made.root, file));
    assert.equal((await stat(workspace.paths.maskingKey)).mode & 0o777, 0o600);
    assert.equal(await readFile(join(made.root, '.gitignore'), 'utf8'), '/data/\n/secrets/\n');
  });

  it('has another key each time', async () => {
    const [one, two] = [await initWorkspace(join(folder, 'a')), await initWorkspace(join(folder, 'b'))];
    const key = (root: string) => readFile(join(root, 'secrets', 'masking.key'), 'utf8');
    assert.notEqual(await key(one.root), await key(two.root));
  });

  it('accepts an empty folder and one with only .git', async () => {
    await mkdir(join(folder, '.git'));
    assert.ok((await initWorkspace(folder)).files.includes('lean-ops.yaml'));
  });

  it('refuses a non-empty folder and a file, and changes neither', async () => {
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await assert.rejects(initWorkspace(folder), fails('WORKSPACE_EXISTS'));
    assert.deepEqual(await readdir(folder), ['notes.txt']);
    await assert.rejects(initWorkspace(join(folder, 'notes.txt')), fails('WORKSPACE_EXISTS'));
    const made = await initWorkspace(join(folder, 'w'));
    await assert.rejects(initWorkspace(made.root), fails('WORKSPACE_EXISTS'));
  });
});
