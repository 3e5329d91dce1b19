import { LeanOpsError } from '../errors/error.ts';
import { MAINTENANCE } from '../semantic/snapshot-labels.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';

/** The snapshot `end` and its ancestors as far as they are kept, newest first. */
export function ancestors(metadata: TableMetadata, end: bigint): readonly Snapshot[] {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const chain: Snapshot[] = [];
  for (let next = byId.get(end); next !== undefined; next = byId.get(next['parent-snapshot-id'] ?? -1n))
    chain.push(next);
  return chain;
}

/** Main's current snapshot and its ancestors as far as they are kept, newest first; empty: the table has no snapshots. */
export function mainHistory(metadata: TableMetadata): readonly Snapshot[] {
  const head = metadata['current-snapshot-id'];
  return head === null ? [] : ancestors(metadata, head);
}

/** The newest snapshot of main whose summary has this label; null: no kept one has it. */
export function newestLabelled(metadata: TableMetadata, label: string): Snapshot | null {
  return mainHistory(metadata).find(({ summary }) => summary[label] !== undefined) ?? null;
}

/**
 * The snapshots in (start, end], oldest first; start null: from the beginning. Throws RAW_HISTORY_CHANGED if start is not
 * an ancestor of end, or if the beginning has expired.
 */
function snapshotsBetween(metadata: TableMetadata, start: bigint | null, end: bigint): readonly Snapshot[] {
  if (start === end) return [];
  const chain = ancestors(metadata, end);
  const cut =
    start === null ? chain.length : chain.findIndex((snapshot) => snapshot['snapshot-id'] === start);
  const between = chain.slice(0, Math.max(cut, 0));
  const oldest = between.at(-1);
  const whole = start === null ? oldest?.['parent-snapshot-id'] === undefined : cut >= 0;
  if (oldest !== undefined && whole) return between.toReversed();
  throw new LeanOpsError('RAW_HISTORY_CHANGED', {
    operation: 'reading between snapshots',
    detail: `snapshot ${end} does not descend from ${start === null ? 'the first snapshot' : `snapshot ${start}`} in the kept history`,
  });
}

/**
 * The snapshots in (start, end] that appended rows, oldest first; start null: from the beginning. Snapshots of maintenance
 * are left out, because they add no rows. Throws RAW_HISTORY_CHANGED if start is not an ancestor of end, if the beginning
 * has expired, or if rows were changed or deleted in between.
 */
export function appendsBetween(
  metadata: TableMetadata,
  start: bigint | null,
  end: bigint,
): readonly Snapshot[] {
  return snapshotsBetween(metadata, start, end).filter((snapshot) => {
    const { operation } = snapshot.summary;
    if (operation === 'append') return true;
    if (operation === 'replace' || snapshot.summary[MAINTENANCE] !== undefined) return false;
    throw new LeanOpsError('RAW_HISTORY_CHANGED', {
      operation: 'reading between snapshots',
      detail: `snapshot ${snapshot['snapshot-id']}: expected an append, found ${operation ?? 'no operation'}`,
    });
  });
}
