import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { fileError } from '../../base/file-error.ts';
import { hashFile } from '../../base/hash-file.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { localFiles, makeFolder, syncFile, syncFolder } from '../../iceberg/local-files.ts';
import { readMetadata } from '../../iceberg/table.ts';
import { openSqliteStore } from '../../state/sqlite/store.ts';
import { isOwnerDead } from './owner.ts';
import { type WorkspacePaths, workspacePaths } from './paths.ts';
import { tableFiles } from './table-files.ts';
import type { Workspace } from './workspace.ts';

export interface BackupOptions {
  /** Hard-links table files, which never change, instead of copying them. Works on one disk only. */
  readonly link: boolean;
  readonly signal: AbortSignal;
}

export interface Backup {
  readonly root: string;
  readonly files: number;
  /** Files whose bytes were compared with the checksum stored when they were written. */
  readonly verified: number;
}

/**
 * Copies the workspace as it is at one instant, while other runs continue. It copies the state first, then the files
 * that this state names; those never change. The copy contains the masking key and unmasked payloads. Restored to the
 * original folder it works at once; restored elsewhere it needs `lean-ops doctor --relocate`. Throws WORKSPACE_EXISTS,
 * DISK_FULL, DATA_FILE_CORRUPT, INTERRUPTED; after an error the copy has no lean-ops.yaml and does not open.
 */
export async function backupWorkspace(
  workspace: Workspace,
  target: string,
  options: BackupOptions,
): Promise<Backup> {
  const from = workspace.paths;
  const to = workspacePaths(await emptyFolder(target, from.root));
  await makeFolder(to.data);
  await workspace.store.copyTo(to.database);
  await syncFile(to.database);
  const copied = await copyTables(from, to, options);
  const others = [...(await filesBelow(from.deadLetters)), ...(await filesBelow(from.topics))];
  others.push(...(await filesBelow(from.secrets)), ...(await filesBelow(join(from.root, '.gitignore'))));
  for (const file of others) await place(from, to, file, false);
  await place(from, to, from.config, false);
  return { root: to.root, files: copied.files + others.length + 2, verified: copied.verified };
}

/** The files that belong to the copy, as its own catalog names them. */
async function copyTables(
  from: WorkspacePaths,
  to: WorkspacePaths,
  options: BackupOptions,
): Promise<{ readonly files: number; readonly verified: number }> {
  const copy = openSqliteStore({ file: to.database, root: from.root, isOwnerDead });
  let files = 0;
  let verified = 0;
  try {
    for (const ref of await copy.catalog.tables()) {
      const metadataLocation = await copy.catalog.metadataLocation(ref);
      if (metadataLocation === null) continue;
      const metadata = await readMetadata(localFiles, metadataLocation);
      for (const { path } of await tableFiles({ ref, metadataLocation, metadata })) {
        throwIfStopped(options.signal);
        const placed = await place(from, to, path, options.link);
        const checksum = await copy.store.fileChecksum(path);
        if (checksum !== null) await verify(placed, path, checksum.sha256);
        files++;
        verified += checksum === null ? 0 : 1;
      }
    }
    return { files, verified };
  } finally {
    await copy.store.close();
  }
}

async function verify(placed: string, path: string, sha256: string): Promise<void> {
  if ((await hashFile(placed)) === sha256) return;
  throw new LeanOpsError('DATA_FILE_CORRUPT', {
    operation: 'verifying the backup',
    detail: 'the bytes differ from those that were written',
    file: path,
  });
}

/** Copies one file of the workspace to the same relative path, durably. Returns the path of the copy. */
async function place(
  from: WorkspacePaths,
  to: WorkspacePaths,
  path: string,
  linked: boolean,
): Promise<string> {
  const inside = relative(from.root, path);
  if (inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new LeanOpsError('WORKSPACE_MOVED', {
      operation: 'copying the workspace',
      detail: `${path} is outside ${from.root}`,
    });
  }
  const target = join(to.root, inside);
  try {
    await makeFolder(dirname(target));
    if (!(linked && (await tryLink(path, target)))) {
      await copyFile(path, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await syncFile(target);
    }
    await syncFolder(dirname(target));
    return target;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw fileError(error, 'copying the workspace', target);
    const detail = 'a file that the state refers to is missing';
    throw new LeanOpsError('DATA_FILE_CORRUPT', {
      operation: 'copying the workspace',
      detail,
      file: path,
      cause: error,
    });
  }
}

/** false: the two paths are on different disks, or the file system has no hard links. */
async function tryLink(path: string, target: string): Promise<boolean> {
  try {
    await link(path, target);
    return true;
  } catch (error) {
    if (isErrno(error, 'EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK')) return false;
    throw error;
  }
}

async function emptyFolder(target: string, source: string): Promise<string> {
  try {
    await mkdir(target, { recursive: true, mode: 0o700 });
    const root = await realpath(target);
    const present = await readdir(root);
    const inside = relative(source, root);
    if (present.length === 0 && (inside.startsWith('..') || isAbsolute(inside))) return root;
    const why =
      present.length > 0
        ? `the folder already has ${present.slice(0, 3).join(', ')}`
        : 'the folder is inside the workspace';
    throw new LeanOpsError('WORKSPACE_EXISTS', { operation: 'making a backup', detail: `${root}: ${why}` });
  } catch (error) {
    throw fileError(error, 'making a backup', target);
  }
}

/** Every file below a path, at any depth. A file counts as below itself; a missing path has none. */
async function filesBelow(path: string): Promise<readonly string[]> {
  try {
    if ((await lstat(path)).isFile()) return [path];
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function throwIfStopped(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new LeanOpsError('INTERRUPTED', {
    operation: 'making a backup',
    detail: 'the copy is not complete',
    remedy: 'Delete the incomplete copy and run the command again.',
  });
}
