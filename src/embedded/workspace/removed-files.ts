import { dirname } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { localFiles, syncFolder } from '../../iceberg/local-files.ts';
import type { FaultPoints } from '../faults.ts';
import type { Workspace } from './workspace.ts';

/** Files per transaction: few transactions, and little to repeat after a kill. */
const FILES_AT_ONCE = 100;

/**
 * Deletes the files that commits removed from tables. A commit records them in its own transaction, so the next run
 * after a kill finds what is left. Deleting a file twice is harmless.
 */
export async function deleteRemovedFiles(workspace: Workspace, faults?: FaultPoints): Promise<void> {
  const paths = await workspace.store.removedFiles();
  for (let start = 0; start < paths.length; start += FILES_AT_ONCE) {
    const some = paths.slice(start, start + FILES_AT_ONCE);
    for (const path of some) {
      await localFiles.remove(path);
      faults?.hit('maintain:between-removals');
    }
    // After a power cut, a file that the state no longer records must not reappear.
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
