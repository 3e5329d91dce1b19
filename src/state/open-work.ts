import type { Lease, LeaseScope } from './lease.ts';

/** Files being written. While it is stored, every file with the work id in its name is garbage once its lease ended. */
export interface OpenWork {
  /** Random, unique, at least 8 characters of [0-9a-z-]. */
  readonly workId: string;
  readonly kind: 'ingest' | 'batch' | 'maintenance';
  readonly scope: LeaseScope;
  readonly fencingToken: bigint;
  /** Relative to the workspace; searched with all below. */
  readonly directories: readonly string[];
}

/** Works whose files are not committed yet. */
export interface OpenWorkStore {
  openWork(lease: Lease, work: Pick<OpenWork, 'workId' | 'kind' | 'directories'>): Promise<void>;
  openWorks(): Promise<readonly OpenWork[]>;
  /** Removes works of the lease's scope whose files have been deleted. */
  dropWorks(lease: Lease, workIds: readonly string[]): Promise<void>;
}
