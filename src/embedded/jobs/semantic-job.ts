import { retryOnConflict } from '../../base/retry.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { hasWork, nextIntent, type PlannedBatch, rebuildIntent } from '../../pipeline/batches/next-intent.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { countingFailures } from '../../pipeline/count-failures.ts';
import { addCounts, type BatchCounts, NO_COUNTS } from '../../semantic/fates.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import { underLease } from '../workspace/held-lease.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { needsPurge, purgeHistory } from './purge-history.ts';
import { type BatchOutcome, type BatchPhase, runBatch } from './run-batch.ts';

/** What the semantic job did for one topic (DESIGN 11). */
export interface SemanticResult {
  readonly topic: string;
  readonly result: 'processed' | 'no_new_data' | 'locked';
  /** Of the last batch; null where none ran. */
  readonly batchId: string | null;
  readonly fromSnapshotId: bigint | null;
  readonly toSnapshotId: bigint | null;
  /** Over all batches of this call. */
  readonly counts: BatchCounts;
  /** Rows of the semantic table; null where no batch ran. */
  readonly rows: bigint | null;
  readonly seconds: number;
  /** For 'locked': who works on the topic. */
  readonly detail: string | null;
}

export interface SemanticOptions {
  readonly signal: AbortSignal;
  readonly faults: FaultPoints;
  /** Called once there is work: starting an engine costs more than looking. */
  readonly engine: () => Promise<Engine>;
  readonly onPhase: (topic: string, phase: BatchPhase) => void;
}

/** Brings the topics' semantic tables up to RAW's heads, one after the other. */
export async function runSemantic(
  workspace: Workspace,
  topics: readonly string[],
  options: SemanticOptions,
): Promise<readonly SemanticResult[]> {
  const results: SemanticResult[] = [];
  const idle: string[] = [];
  for (const topic of topics) {
    const result = await catchUp(workspace, topic, options);
    if (result.result === 'no_new_data') idle.push(topic);
    results.push(result);
  }
  if (idle.length > 0) await workspace.store.recordNothingNew(idle, workspace.clock());
  return results;
}

/**
 * Derives the topic's semantic and errors tables anew from all of RAW, as the next generation. `keepUnreachable`: rows
 * of the semantic table whose messages RAW no longer holds are taken over, marked; else there must be none.
 */
export async function rebuild(
  workspace: Workspace,
  topic: string,
  options: SemanticOptions,
  keepUnreachable = false,
): Promise<SemanticResult> {
  return semanticWork(workspace, topic, options, async (progress, lease) => {
    const raw = await loadRaw(workspace, topic);
    if (raw === null) return;
    const checkpoint = await workspace.store.checkpoint(topic);
    const batch = await rebuildIntent(workspace, lease, checkpoint, raw, keepUnreachable);
    if (batch === null) return;
    await progress.run(batch, raw);
    await purge(workspace, lease, topic, options.faults);
  });
}

async function catchUp(
  workspace: Workspace,
  topic: string,
  options: SemanticOptions,
): Promise<SemanticResult> {
  const raw = await loadRaw(workspace, topic);
  const work = hasWork(await workspace.store.checkpoint(topic), raw) || (await owesPurge(workspace, topic));
  if (!work) return nothingNew(topic);
  return semanticWork(workspace, topic, options, async (progress, lease) => {
    await purge(workspace, lease, topic, options.faults);
    for (;;) {
      const head = await loadRaw(workspace, topic);
      const checkpoint = await workspace.store.checkpoint(topic);
      const batch = head === null ? null : await nextIntent(workspace, lease, checkpoint, head);
      if (head === null || batch === null) return;
      await progress.run(batch, head);
    }
  });
}

/** What shows masked values, and so may have shown others before a change of masking. */
const maskedTables = (topic: string): readonly string[] => [topic, errorsTableName(topic)];

/** What a change of masking replaced goes with the rebuild, or with the next run where that was killed. */
async function purge(workspace: Workspace, lease: Lease, topic: string, faults: FaultPoints): Promise<void> {
  for (const name of maskedTables(topic)) await purgeHistory(workspace, lease, derivedTable(name), faults);
}

async function owesPurge(workspace: Workspace, topic: string): Promise<boolean> {
  for (const name of maskedTables(topic)) {
    if (needsPurge(await loadTable(localFiles, workspace.catalog, derivedTable(name)))) return true;
  }
  return false;
}

export interface Progress {
  run(batch: PlannedBatch, raw: Table): Promise<BatchOutcome>;
}

/** Runs semantic work on one topic under its lease; a lease that another run holds is an answer, no failure. */
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
  const interrupt = (): void => engine.interrupt();
  signal.addEventListener('abort', interrupt);
  const run = {
    workspace,
    engine,
    lease,
    faults: options.faults,
    onPhase: (phase: BatchPhase) => options.onPhase(batch.intent.topic, phase),
    checkpoint: () => throwIfEnded(signal, batch.intent.topic),
  };
  try {
    return await retryOnConflict(
      `committing a batch of ${batch.intent.topic}`,
      () => runBatch(run, batch, raw),
      run.checkpoint,
    );
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

function throwIfEnded(signal: AbortSignal, topic: string): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof LeanOpsError) throw signal.reason;
  throw new LeanOpsError('INTERRUPTED', {
    operation: `working on ${topic}`,
    detail: 'nothing of the batch was committed',
  });
}

export async function loadRaw(workspace: Workspace, topic: string): Promise<Table | null> {
  return loadTable(localFiles, workspace.catalog, rawTable(topic));
}

function nothingNew(topic: string): SemanticResult {
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
