import type { TableSwap } from '../iceberg/catalog.ts';
import type { BatchCompletion, CheckpointStore, CompletionAnswer, LedgerChange } from './checkpoint.ts';
import type { Lease } from './lease.ts';
import type { MaintenanceEntry, MaintenanceStore } from './maintenance.ts';

/** A file that a table references, as it was when written. */
export interface FileChecksum {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: bigint;
}

/** What a commit changes in tables, in the same transaction as the state that belongs to it. */
export interface TableCommit {
  /** The open work that wrote the files; the commit closes it. */
  readonly workId: string;
  /** All swap or none: COMMIT_CONFLICT if one table has moved. */
  readonly swaps: readonly TableSwap[];
  readonly files: readonly FileChecksum[];
  /** Paths of files that no snapshot references any more; the store keeps them until `dropRemovedFiles`. */
  readonly removedFiles: readonly string[];
}

/** Checkpoints whose batches commit their tables in the same transaction. */
export interface TableCheckpointStore extends CheckpointStore {
  completeBatch(lease: Lease, completion: BatchCompletion, tables?: TableCommit): Promise<CompletionAnswer>;
}

/** Maintenance that commits its tables, and removes old state, in the same transaction. */
export interface TableMaintenanceStore extends MaintenanceStore {
  recordMaintenance(
    lease: Lease,
    entry: MaintenanceEntry,
    ledger?: LedgerChange,
    tables?: TableCommit,
  ): Promise<void>;
}

/** Files of tables: their checksums, and those that commits removed. */
export interface TableFileStore {
  /** null if none was stored for that path. */
  fileChecksum(path: string): Promise<FileChecksum | null>;
  /** Files that commits removed from tables and that may still exist. The caller deletes them, then drops them here. */
  removedFiles(): Promise<readonly string[]>;
  dropRemovedFiles(paths: readonly string[]): Promise<void>;
}
