import { mainHistory, newestLabelled } from '../../iceberg/history.ts';
import type { TableMetadata } from '../../iceberg/metadata.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import type { Intent } from '../../semantic/intent.ts';
import { BATCH_ID } from '../../semantic/snapshot-labels.ts';

/** What a topic's checkpoint says about RAW: the last snapshot that batches read, and the batch under way. */
interface ReadState {
  readonly snapshotId: bigint | null;
  readonly intent: Pick<Intent, 'endSnapshotId'> | null;
}

/**
 * The snapshots of a topic's table that must not expire, whatever their age; null: none of the table may expire now.
 * The same in both places. Ids that are not on main are harmless.
 */
export function neededSnapshots(
  namespace: string,
  metadata: TableMetadata,
  checkpoint: ReadState,
): readonly bigint[] | null {
  return namespace === RAW_NAMESPACE ? readByBatches(metadata, checkpoint) : newestBatch(metadata);
}

/** The balance reads the row count from the summary of the newest batch's snapshot. */
function newestBatch(metadata: TableMetadata): readonly bigint[] {
  const batch = newestLabelled(metadata, BATCH_ID);
  return batch === null ? [] : [batch['snapshot-id']];
}

/**
 * RAW: the checkpoint's snapshot and the end of a batch under way. null before the first batch, and if RAW's history no
 * longer holds the checkpoint: only a rebuild can repair that, and it needs every snapshot that is left.
 */
function readByBatches(metadata: TableMetadata, { snapshotId, intent }: ReadState): readonly bigint[] | null {
  if (snapshotId === null) return null;
  if (!mainHistory(metadata).some((snapshot) => snapshot['snapshot-id'] === snapshotId)) return null;
  return intent === null ? [snapshotId] : [snapshotId, intent.endSnapshotId];
}
