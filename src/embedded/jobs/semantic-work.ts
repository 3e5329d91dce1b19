import { retryOnConflict } from '../../base/retry.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { interruptibly } from '../../duckdb/engine/interruptibly.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import type { PlannedBatch } from '../../pipeline/batches/next-intent.ts';
import { rawTable } from '../../pipeline/batches/topic-tables.ts';
import { countingFailures } from '../../pipeline/count-failures.ts';
import { addCounts, type BatchCounts, NO_COUNTS } from '../../semantic/fates.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import { underLease } from '../workspace/held-lease.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { BatchOutcome, BatchPhase } from './batch/batch-run.ts';
import { runBatch } from './batch/run-batch.ts';

/** What semantic work did for one topic. */
export interface SemanticResult {
  readonly topic: string;
  readonly result: 'processed' | 'no_new_data' | 'locked';
  /** Of the last batch; null if none ran. */
  readonly batchId: string | null;
  readonly fromSnapshotId: bigint | null;
  readonly toSnapshotId: bigint | null;
  /** Over all batches of this call. */
  readonly counts: BatchCounts;
  /** Rows of the semantic table; null if no batch ran. */
  readonly rows: bigint | null;
  readonly seconds: number;
  /** For 'locked': the run that holds the topic's lease; else null. */
  readonly detail: string | null;
}

export interface SemanticOptions {
  readonly signal: AbortSignal;
  readonly faults: FaultPoints;
  /** Called once there is work: starting an engine costs more than looking for work. */
  readonly engine: () => Promise<Engine>;
  readonly onPhase: (topic: string, phase: BatchPhase) => void;
}

/** Runs planned batches of the topic and adds up what they did. */
export interface Progress {
  /** `raw` is the topic's RAW table. */
  run(batch: PlannedBatch, raw: Table): Promise<BatchOutcome>;
}

/**
 * Runs semantic work on one topic under its lease. If another run holds the lease, the result is `locked`. Throws as
 * `runBatch`, and INTERRUPTED or LEASE_LOST if the work was stopped.
 */
export async function semanticWork(
  workspace: Workspace,
  topic: string,
  options: SemanticOptions,
  work: (progress: Progress, lease: Lease) => Promise<void>,
): Promise<SemanticResult> {
  const started = performance.now();
  let result: SemanticResult = nothingNew(topic);
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const underWay = async (lease: Lease, lost: AbortSignal): Promise<void> => {
      const signal = AbortSignal.any([options.signal, lost]);
      const progress: Progress = {
        run: async (batch, raw) => {
          const outcome = await runPlanned(workspace, lease, signal, options, batch, raw);
          result = addBatch(result, batch, outcome);
          return outcome;
        },
      };
      await work(progress, lease);
    };
    await countingFailures(workspace, topic, () =>
      underLease(workspace, { topic, work: 'semantic' }, underWay),
    );
    return { ...result, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof LeanOpsError && error.code === 'LEASE_HELD')) throw error;
    return { ...result, result: 'locked', detail: error.details.detail, seconds: seconds() };
  }
}

/** Runs the batch again on what the other writer left if it loses a race. */
async function runPlanned(
  workspace: Workspace,
  lease: Lease,
  signal: AbortSignal,
  options: SemanticOptions,
  batch: PlannedBatch,
  raw: Table,
): Promise<BatchOutcome> {
  const engine = await options.engine();
  const run = {
    workspace,
    engine,
    lease,
    faults: options.faults,
    onPhase: (phase: BatchPhase) => options.onPhase(batch.intent.topic, phase),
    throwIfStopped: () => throwIfStopped(signal, batch.intent.topic),
  };
  return interruptibly(engine.interrupt, signal, () =>
    retryOnConflict(
      `committing a batch of ${batch.intent.topic}`,
      () => runBatch(run, batch, raw),
      run.throwIfStopped,
    ),
  );
}

function throwIfStopped(signal: AbortSignal, topic: string): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof LeanOpsError) throw signal.reason;
  throw new LeanOpsError('INTERRUPTED', {
    operation: `working on ${topic}`,
    detail: 'nothing of the batch was committed',
  });
}

/** The topic's RAW table; null if it has none yet. */
export async function loadRaw(workspace: Workspace, topic: string): Promise<Table | null> {
  return loadTable(localFiles, workspace.catalog, rawTable(topic));
}

/** The result for a topic that had nothing to do. */
export function nothingNew(topic: string): SemanticResult {
  return {
    topic,
    result: 'no_new_data',
    batchId: null,
    fromSnapshotId: null,
    toSnapshotId: null,
    counts: NO_COUNTS,
    rows: null,
    seconds: 0,
    detail: null,
  };
}

function addBatch(
  before: SemanticResult,
  { intent }: PlannedBatch,
  { counts, liveRows }: BatchOutcome,
): SemanticResult {
  return {
    ...before,
    result: 'processed',
    batchId: intent.batchId,
    fromSnapshotId: before.result === 'processed' ? before.fromSnapshotId : intent.startSnapshotId,
    toSnapshotId: intent.endSnapshotId,
    counts: addCounts(before.counts, counts),
    rows: liveRows,
  };
}
