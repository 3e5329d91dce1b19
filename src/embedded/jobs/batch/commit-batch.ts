import type { PreparedCommit } from '../../../iceberg/commit.ts';
import { snapshotById } from '../../../iceberg/metadata.ts';
import type { FileChecksum } from '../../../state/table-commit.ts';
import type { BatchRun, OpenBatch, WrittenBatch } from './batch-run.ts';

/**
 * Swaps the tables' pointers, moves the checkpoint and posts the counts in one transaction. Throws COMMIT_CONFLICT, and
 * changes nothing, if a table moved meanwhile.
 */
export async function commitBatch(
  { workspace, lease }: BatchRun,
  { intent, raw, workId }: OpenBatch,
  written: WrittenBatch,
  commits: readonly PreparedCommit[],
): Promise<void> {
  const end = snapshotById(raw.metadata, intent.endSnapshotId);
  await workspace.store.completeBatch(
    lease,
    {
      batchId: intent.batchId,
      sequenceNumber: end['sequence-number'],
      counts: written.counts,
      checks: written.checks,
      carried: written.carried,
      completedAt: workspace.clock(),
    },
    { workId, swaps: commits.map(({ swap }) => swap), files: checksums(written), removedFiles: [] },
  );
}

function checksums({ rows, removals, errors, errorRemovals, drift }: WrittenBatch): readonly FileChecksum[] {
  return [...rows, ...removals, ...errors, ...errorRemovals, ...drift].map(({ file, sha256 }) => ({
    path: file.path,
    sha256,
    size: file.fileSize,
  }));
}
