import { isErrno } from '../../base/errno.ts';
import { hashFile } from '../../base/hash-file.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { distinct } from '../../iceberg/compaction.ts';
import type { ScanFile } from '../../iceberg/scan.ts';
import type { Workspace } from './workspace.ts';

/**
 * Runs work that reads the files, and verifies their checksums at the same time: engines check no checksum of Parquet's
 * pages, so they can read other values from a damaged file. Throws DATA_FILE_CORRUPT, whatever error the damage caused in
 * the work.
 */
export async function withVerifiedInput<T>(
  workspace: Workspace,
  files: readonly ScanFile[],
  work: () => Promise<T>,
): Promise<T> {
  const [verified, done] = await Promise.allSettled([verify(workspace, files), work()]);
  if (verified.status === 'rejected') throw verified.reason;
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}

/** Files that other programs wrote have no stored checksum. */
async function verify(workspace: Workspace, files: readonly ScanFile[]): Promise<void> {
  for (const file of distinct(files.flatMap((each) => [each.file, ...each.deletes]))) {
    const known = await workspace.store.fileChecksum(file.path);
    if (known === null) continue;
    if ((await hashOf(file.path)) !== known.sha256)
      throw damaged(file.path, 'its bytes are not those written');
  }
}

async function hashOf(path: string): Promise<string> {
  try {
    return await hashFile(path);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) throw damaged(path, 'it is missing', cause);
    throw cause;
  }
}

function damaged(file: string, detail: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('DATA_FILE_CORRUPT', { operation: 'reading a table', detail, file, cause });
}
