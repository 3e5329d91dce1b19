import type { AlertStore } from './alert-store.ts';
import type { CheckResultStore } from './check-results.ts';
import type { CheckpointStore } from './checkpoint.ts';
import type { CounterStore } from './counters.ts';
import type { DeadLetterStore } from './dead-letter.ts';
import type { ErasureStore } from './erasure.ts';
import type { FailureStore } from './failure.ts';
import type { IngestStore } from './ingest-commit.ts';
import type { LeaseStore } from './lease.ts';
import type { LedgerViewStore } from './ledger-view.ts';
import type { MaintenanceStore } from './maintenance.ts';
import type { OldStateStore } from './old-state.ts';
import type { OpenWorkStore } from './open-work.ts';
import type { ContractRegistry } from './registry.ts';
import type { SourceStore } from './source.ts';
import type { StoreFile } from './store-file.ts';
import type { TableCheckpointStore, TableFileStore, TableMaintenanceStore } from './table-commit.ts';

/** What both stores keep in the same way. */
interface CommonStore
  extends LeaseStore,
    CheckResultStore,
    DeadLetterStore,
    ContractRegistry,
    FailureStore,
    CounterStore,
    AlertStore {
  close(): Promise<void>;
}

/**
 * Everything that must outlive a run, one interface per aggregate. Take only the aggregates that you need.
 *
 * Each writing operation is one atomic step: it happens completely or not at all. Operations that take a lease throw
 * LEASE_LOST and change nothing if a newer token of its scope exists or the lease was released. Every operation may
 * throw STATE_BUSY, STATE_DAMAGED, DISK_FULL and WORKSPACE_READ_ONLY; on AWS also AWS_UNAVAILABLE and AWS_REFUSED.
 */
export interface StateStore extends CommonStore, CheckpointStore, MaintenanceStore {}

/** The workspace's store: catalog and state in one file, so that a batch commits in one transaction. */
export interface EmbeddedStore
  extends CommonStore,
    TableCheckpointStore,
    TableMaintenanceStore,
    TableFileStore,
    IngestStore,
    SourceStore,
    OpenWorkStore,
    ErasureStore,
    OldStateStore,
    LedgerViewStore,
    StoreFile {}
