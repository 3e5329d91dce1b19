import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileError } from '../../src/base/file-error.ts';
import { localFiles, syncFile } from '../../src/iceberg/local-files.ts';

suite('local files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lean-ops-files-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('a file is written once and privately, with its missing folders', async () => {
    const location = path.join(folder, 'a', 'b', 'c.json');
    await localFiles.write(location, Buffer.from('one'));
    assert.equal(Buffer.from(await localFiles.read(location)).toString(), 'one');
    assert.equal((await stat(location)).mode & 0o777, 0o600);
    assert.equal((await stat(path.join(folder, 'a'))).mode & 0o777, 0o700);
    await assert.rejects(localFiles.write(location, Buffer.from('two')), /EEXIST/);
    assert.equal(Buffer.from(await localFiles.read(location)).toString(), 'one');
  });

  test('removing a file twice is not an error, and reading a missing file names it', async () => {
    const location = path.join(folder, 'gone');
    await localFiles.write(location, Buffer.from('x'));
    assert.equal(await localFiles.exists(location), true);
    await localFiles.remove(location);
    await localFiles.remove(location);
    assert.equal(await localFiles.exists(location), false);
    await assert.rejects(localFiles.read(location), (error) => {
      return error instanceof Error && 'code' in error && error.code === 'METADATA_INVALID_FILE';
    });
  });

  test('files are listed at any depth, and a missing folder has none', async () => {
    const top = path.join(folder, 'list');
    await mkdir(path.join(top, 'deep'), { recursive: true });
    await writeFile(path.join(top, 'deep', 'z'), '123');
    await writeFile(path.join(top, 'a'), '');
    const entries = await localFiles.list(top);
    assert.deepEqual(
      entries.map(({ location, size }) => [path.relative(top, location), size]),
      [
        ['a', 0n],
        [path.join('deep', 'z'), 3n],
      ],
    );
    assert.deepEqual(await localFiles.list(path.join(folder, 'nowhere')), []);
  });

  test('a file that another writer left becomes private', async () => {
    const location = path.join(folder, 'left');
    await writeFile(location, 'x');
    await chmod(location, 0o644);
    await syncFile(location);
    assert.equal((await stat(location)).mode & 0o777, 0o600);
  });

  test('errors of the operating system get codes of the taxonomy', () => {
    const failed = (code: string) => Object.assign(new Error(code), { code });
    for (const [code, ours] of [
      ['ENOSPC', 'DISK_FULL'],
      ['EDQUOT', 'DISK_FULL'],
      ['EROFS', 'WORKSPACE_READ_ONLY'],
      ['EACCES', 'WORKSPACE_READ_ONLY'],
      ['EIO', 'INTERNAL'],
    ] as const) {
      const error = fileError(failed(code), 'writing a file', '/x');
      assert.deepEqual([error.code, error.details.file], [ours, '/x']);
    }
  });
});
