import { ancestors } from '../../iceberg/history.ts';
import type { Snapshot, TableMetadata } from '../../iceberg/metadata.ts';
import { snapshotCounter } from '../../iceberg/snapshot-counters.ts';
import { addGone } from '../../quality/ledger.ts';
import { MAINTENANCE } from '../../semantic/snapshot-labels.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { MaintenanceActionKind } from '../../state/maintenance.ts';

/**
 * Retention on AWS is two writes: the swap of RAW's pointer, and the state. A crash can separate them, so removed rows are
 * counted from RAW's own history. The state holds the count up to the checkpoint. A write that moves the checkpoint adds
 * the rows in between; a reader adds them to what it reads. So every row counts once.
 */
export const EXPIRE_ROWS: MaintenanceActionKind = 'expire-rows';

/** Snapshots of `(start, end]` in which retention removed rows, newest first; all kept ones if `start` is not an ancestor. */
export function expiriesBetween(
  metadata: TableMetadata,
  start: bigint | null,
  end: bigint,
): readonly Snapshot[] {
  const chain = ancestors(metadata, end);
  const known = chain.findIndex((snapshot) => snapshot['snapshot-id'] === start);
  return chain
    .slice(0, known < 0 ? undefined : known)
    .filter(({ summary }) => summary[MAINTENANCE] === EXPIRE_ROWS);
}

/** Rows that these snapshots removed. */
export function expiredRows(expiries: readonly Snapshot[]): number {
  return Number(expiries.reduce((rows, expiry) => rows + snapshotCounter(expiry, 'deleted-records'), 0n));
}

/** The checkpoint, with the rows that retention removed after it counted as expired too. */
export function withExpired(checkpoint: Checkpoint, metadata: TableMetadata): Checkpoint {
  const head = metadata['current-snapshot-id'];
  if (head === null) return checkpoint;
  const expired = expiredRows(expiriesBetween(metadata, checkpoint.snapshotId, head));
  return { ...checkpoint, totals: addGone(checkpoint.totals, { expired }) };
}
