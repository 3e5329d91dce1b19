import { dirname } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { localFiles, syncFolder } from '../../iceberg/local-files.ts';
import type { FaultPoints } from '../faults.ts';
import type { Workspace } from './workspace.ts';

/** One transaction a hundred files: neither many small ones nor a long list to go through again after a kill. */
const FILES_AT_ONCE = 100;

/**
 * Deletes the files that commits took out of tables. The commit remembers them in its own transaction, so whoever comes
 * after a kill finds what is left to do; deleting twice is deleting once.
 */
export async function deleteRemovedFiles(workspace: Workspace, faults?: FaultPoints): Promise<void> {
  const paths = await workspace.store.removedFiles();
  for (let start = 0; start < paths.length; start += FILES_AT_ONCE) {
    const some = paths.slice(start, start + FILES_AT_ONCE);
    for (const path of some) {
      await localFiles.remove(path);
      faults?.hit('maintain:between-removals');
    }
    // A power cut must not bring back a file that the state has forgotten.
    for (const folder of new Set(some.map((path) => dirname(path)))) await syncIfThere(folder);
    await workspace.store.dropRemovedFiles(some);
  }
}

async function syncIfThere(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
