import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../base/errno.ts';
import { fileError } from '../base/file-error.ts';
import { LeanOpsError } from '../errors/error.ts';
import type { FileEntry, FileIO } from './file-io.ts';

/** Only the owner may read RAW, and all tables are in one folder tree with it. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Files on this machine's disk. Locations are absolute paths, which Spark, PyIceberg and icebird can all open. */
export const localFiles: FileIO = { read, write, exists, remove, list };

async function read(location: string): Promise<Uint8Array> {
  try {
    return await readFile(location);
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT')) throw fileError(cause, 'reading a file', location);
    throw new LeanOpsError('METADATA_INVALID_FILE', {
      operation: 'reading a file',
      detail: 'the file is missing',
      file: location,
      cause,
    });
  }
}

async function write(location: string, bytes: Uint8Array): Promise<void> {
  const folder = path.dirname(location);
  try {
    await makeFolder(folder);
    const handle = await open(location, 'wx', FILE_MODE);
    await writeSynced(handle, location, bytes);
    await syncFolder(folder);
  } catch (cause) {
    throw fileError(cause, 'writing a file', location);
  }
}

/** Removes a file that could not be written as a whole: a final name must never belong to half a file. */
async function writeSynced(handle: FileHandle, location: string, bytes: Uint8Array): Promise<void> {
  let whole = false;
  try {
    await handle.writeFile(bytes);
    await handle.sync();
    whole = true;
  } finally {
    await handle.close();
    if (!whole) await remove(location);
  }
}

async function exists(location: string): Promise<boolean> {
  try {
    await stat(location);
    return true;
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return false;
    throw fileError(cause, 'looking for a file', location);
  }
}

async function remove(location: string): Promise<void> {
  try {
    await rm(location, { force: true });
  } catch (cause) {
    throw fileError(cause, 'removing a file', location);
  }
}

async function list(folder: string): Promise<readonly FileEntry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    return await Promise.all(files.sort().map(describe));
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return [];
    throw fileError(cause, 'listing a folder', folder);
  }
}

async function describe(location: string): Promise<FileEntry> {
  const { size, mtimeMs } = await stat(location, { bigint: true });
  return { location, size, modifiedMs: mtimeMs };
}

/** Creates the folder and all missing folders above it, durably. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = path.dirname(at)) await syncFolder(path.dirname(at));
}

/** Syncs a folder: only then does the name of a new file survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a file of another writer, such as DuckDB, durable and private to its owner. */
export async function syncFile(location: string): Promise<void> {
  try {
    const handle = await open(location, 'r+');
    try {
      await handle.chmod(FILE_MODE);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw fileError(cause, 'syncing a file', location);
  }
}
