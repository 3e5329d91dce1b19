import type { RedriveChoice } from '../../../duckdb/batch/choose-redrive.ts';
import type { WrittenFindings, WrittenRows } from '../../../duckdb/batch/write-batch.ts';
import type { Engine } from '../../../duckdb/engine/engine.ts';
import type { Table } from '../../../iceberg/table.ts';
import type { PlannedBatch } from '../../../pipeline/batches/next-intent.ts';
import type { TopicTables } from '../../../pipeline/batches/topic-tables.ts';
import type { CheckResult } from '../../../quality/rule-results.ts';
import type { BatchForm } from '../../../semantic/batch-form.ts';
import type { BatchCounts } from '../../../semantic/fates.ts';
import type { Lease } from '../../../state/lease.ts';
import type { FaultPoints } from '../../faults.ts';
import type { Workspace } from '../../workspace/workspace.ts';

/** What runs a batch. */
export interface BatchRun {
  readonly workspace: Workspace;
  readonly engine: Engine;
  readonly lease: Lease;
  readonly faults: FaultPoints;
  /** Called before each phase. */
  readonly onPhase: (phase: BatchPhase) => void;
  /** Throws if the run must end: INTERRUPTED, or the loss of the lease. */
  readonly throwIfStopped: () => void;
}

export type BatchPhase = 'reading' | 'resolving' | 'writing' | 'committing';

/** A batch whose work is open: every file whose name contains `workId` is garbage unless the batch commits. */
export interface OpenBatch extends PlannedBatch {
  readonly form: BatchForm;
  readonly raw: Table;
  readonly tables: TopicTables;
  readonly workId: string;
}

export interface BatchOutcome {
  /** As they are posted to the ledger. */
  readonly counts: BatchCounts;
  /** What the contract's table rules say about the table after the batch. */
  readonly checks: readonly CheckResult[];
  /** Rows of the semantic table after the batch, as the engine counts them. */
  readonly liveRows: bigint;
  /** null for other kinds of batches. */
  readonly redrive: RedriveChoice | null;
}

/** Everything that a batch wrote, not yet visible. */
export interface WrittenBatch extends BatchOutcome, WrittenRows, WrittenFindings {}
