import type { Micros } from '../raw/record.ts';
import type { TableRef, TableSwap } from './catalog.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';

/** A table as a commit is planned on it; metadata may hold changes that are not written yet. */
export interface Table {
  readonly ref: TableRef;
  /** Location of the current metadata file; null for a table that is being created. */
  readonly metadataLocation: string | null;
  readonly metadata: TableMetadata;
}

export interface CommitContext {
  /** Part of the name of every file that the commit writes, so that a recovery can delete them by it. */
  readonly workId: string;
  readonly now: Micros;
  /** Goes into the snapshot summary, beside Iceberg's own totals. */
  readonly summary: Readonly<Record<string, string>>;
  /** A fresh positive 63-bit random number. */
  readonly newSnapshotId: () => bigint;
}

/** Everything is written and synced; the table changes only once the catalog takes the swap. */
export interface PreparedCommit {
  readonly swap: TableSwap;
  readonly metadata: TableMetadata;
  /** null where only schema or spec changed. */
  readonly snapshot: Snapshot | null;
}
