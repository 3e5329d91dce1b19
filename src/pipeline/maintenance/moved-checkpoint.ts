import type { PreparedCommit } from '../../iceberg/commit.ts';
import { appendsBetween } from '../../iceberg/history.ts';
import type { Checkpoint, LedgerChange } from '../../state/checkpoint.ts';

/**
 * If no RAW rows wait for a batch, the checkpoint moves to the snapshot that maintenance wrote: the rows up to there are
 * the same, and the replaced files need not be kept until the next batch. undefined: the checkpoint stays.
 */
export function movedCheckpoint(
  { metadata, snapshot }: Pick<PreparedCommit, 'metadata' | 'snapshot'>,
  checkpoint: Checkpoint,
): LedgerChange | undefined {
  if (checkpoint.intent !== null || checkpoint.snapshotId === null || snapshot === null) return undefined;
  const id = snapshot['snapshot-id'];
  if (appendsBetween(metadata, checkpoint.snapshotId, id).length > 0) return undefined;
  return { checkpoint: { snapshotId: id, sequenceNumber: snapshot['sequence-number'] }, gone: {} };
}
