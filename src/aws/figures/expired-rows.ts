import { ancestors } from '../../iceberg/history.ts';
import type { Snapshot, TableMetadata } from '../../iceberg/metadata.ts';
import { addGone } from '../../quality/ledger.ts';
import { MAINTENANCE } from '../../semantic/snapshot-labels.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { MaintenanceActionKind } from '../../state/maintenance.ts';

/**
 * Retention on AWS is two writes: the swap of RAW's pointer, and the state. So what it removed is not counted by who removed
 * it but by RAW's own history: the state holds what was removed up to the checkpoint, whoever moves that adds what lies
 * between in the same write, and whoever asks in the meantime adds it for himself. So every row counts once, whatever crashed.
 */
export const EXPIRE_ROWS: MaintenanceActionKind = 'expire-rows';

/** Snapshots of `(start, end]` by which retention took rows away, newest first; where `start` is no ancestor, all that are kept. */
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

export function expiredRows(expiries: readonly Snapshot[]): number {
  return expiries.reduce((rows, { summary }) => rows + Number(summary['deleted-records'] ?? 0), 0);
}

/** The checkpoint with all rows counted as expired that RAW's head is without. */
export function withExpired(checkpoint: Checkpoint, metadata: TableMetadata): Checkpoint {
  const head = metadata['current-snapshot-id'];
  if (head === null) return checkpoint;
  const expired = expiredRows(expiriesBetween(metadata, checkpoint.snapshotId, head));
  return { ...checkpoint, totals: addGone(checkpoint.totals, { expired }) };
}
