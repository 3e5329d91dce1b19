import { MICROS_PER_MS, type Micros } from '../base/time.ts';
import { type CommitContext, type PreparedCommit, prepareTable } from './commit.ts';
import type { FileIO } from './file-io.ts';
import { mainHistory } from './history.ts';
import type { MetadataLogEntry, Snapshot, TableMetadata } from './metadata.ts';
import type { Table } from './table.ts';

/** Which snapshots may expire. */
export interface ExpiryPolicy {
  /** A snapshot may expire once it is older than this moment… */
  readonly olderThan: Micros;
  /** …or once this many newer ones are kept. */
  readonly maxSnapshots: number;
  /** These stay, and all newer ones on main. Ids that are not on main are ignored. */
  readonly needed: readonly bigint[];
}

/**
 * The snapshots that stay, oldest first: main's history up to its head, without gaps because a gap would hide all that is
 * older, and the snapshots that other branches and tags name.
 */
export function keptSnapshots(metadata: TableMetadata, policy: ExpiryPolicy): readonly Snapshot[] {
  const history = mainHistory(metadata);
  const old = history.findIndex((snapshot, newer) => newer > 0 && isDue(snapshot, newer, policy));
  const wanted = old < 0 ? history.length : old;
  const needed = history.findLastIndex((snapshot) => policy.needed.includes(snapshot['snapshot-id'])) + 1;
  const named = Object.values(metadata.refs).map((ref) => ref['snapshot-id']);
  const kept = new Set([
    ...history.slice(0, Math.max(wanted, needed)).map((snapshot) => snapshot['snapshot-id']),
    ...named,
  ]);
  return metadata.snapshots.filter((snapshot) => kept.has(snapshot['snapshot-id']));
}

function isDue(snapshot: Snapshot, newer: number, { olderThan, maxSnapshots }: ExpiryPolicy): boolean {
  return snapshot['timestamp-ms'] * MICROS_PER_MS < olderThan || newer >= maxSnapshots;
}

/** The metadata with only these snapshots, and without the dropped entries of the metadata log. */
export function expired(
  metadata: TableMetadata,
  kept: readonly Snapshot[],
  droppedLog: readonly MetadataLogEntry[],
): TableMetadata {
  const ids = new Set(kept.map((snapshot) => snapshot['snapshot-id']));
  const log = metadata['snapshot-log'];
  // Iceberg's own expiry does the same: entries before a gap go too, because a log with gaps shows another history.
  const gap = log.findLastIndex((entry) => !ids.has(entry['snapshot-id']));
  return {
    ...withoutStatistics(metadata, ids),
    snapshots: kept,
    'snapshot-log': log.slice(gap + 1),
    'metadata-log': metadata['metadata-log'].filter((entry) => !droppedLog.includes(entry)),
  };
}

/** Other writers leave statistics of single snapshots. They expire with the snapshots. */
function withoutStatistics(metadata: TableMetadata, ids: ReadonlySet<bigint>): TableMetadata {
  const lists = Object.entries(metadata).filter(
    ([key]) => key === 'statistics' || key === 'partition-statistics',
  );
  const left = lists.map(([key, list]: [string, readonly { readonly 'snapshot-id': bigint | number }[]]) => [
    key,
    list.filter((each) => ids.has(BigInt(each['snapshot-id']))),
  ]);
  return { ...metadata, ...Object.fromEntries(left) };
}

/** Entries of the metadata log that were written before the moment. */
export function oldMetadataFiles(metadata: TableMetadata, olderThan: Micros): readonly MetadataLogEntry[] {
  return metadata['metadata-log'].filter((entry) => entry['timestamp-ms'] * MICROS_PER_MS < olderThan);
}

/** Writes the table without the expired snapshots. The caller removes the files that are no longer referenced. */
export function prepareExpiry(
  io: FileIO,
  table: Table,
  kept: readonly Snapshot[],
  droppedLog: readonly MetadataLogEntry[],
  ctx: CommitContext,
): Promise<PreparedCommit> {
  return prepareTable(io, { ...table, metadata: expired(table.metadata, kept, droppedLog) }, ctx);
}
