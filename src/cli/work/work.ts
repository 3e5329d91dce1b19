import type { Engine } from '../../duckdb/engine/engine.ts';
import type { EngineHost } from '../../duckdb/tables/readable-place.ts';
import { faultsFrom } from '../../embedded/faults.ts';
import type { BatchPhase } from '../../embedded/jobs/batch/batch-run.ts';
import type { SemanticOptions, SemanticResult } from '../../embedded/jobs/semantic-work.ts';
import type { LeanOpsError } from '../../errors/error.ts';
import type { Context } from '../command/command.ts';
import { asLeanOpsError, EXIT } from '../command/output.ts';

/** A topic whose work failed; the other topics are not affected. */
export interface Failure {
  readonly topic: string;
  readonly error: LeanOpsError;
}

/** Lends an engine that starts when it is first requested, and is closed with the task. */
export async function withLazyEngine<T>(
  host: EngineHost,
  task: (engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  let starting: Promise<Engine> | undefined;
  const start = async (): Promise<Engine> => {
    const { memoryLimit, threads } = (await host.config()).engine;
    const { openEngine } = await import('../../duckdb/engine/engine.ts');
    return openEngine({ memoryLimit, threads, tempDirectory: host.tempDirectory });
  };
  try {
    return await task(() => {
      starting ??= start();
      return starting;
    });
  } finally {
    if (starting !== undefined) (await starting).close();
  }
}

const PHASES: readonly BatchPhase[] = ['reading', 'resolving', 'writing', 'committing'];

/** Lends the options for semantic work, with a progress bar that shows topic and phase. */
export async function withSemanticOptions<T>(
  context: Context,
  engine: () => Promise<Engine>,
  task: (options: SemanticOptions) => Promise<T>,
): Promise<T> {
  const bar = await context.terminal.progress('semantic', 'steps');
  try {
    return await task({
      signal: context.signal,
      faults: faultsFrom(context.env),
      engine,
      onPhase: (topic, phase) => {
        bar.update({ done: PHASES.indexOf(phase), total: PHASES.length, note: `${topic}: ${phase}` });
      },
    });
  } finally {
    bar.stop();
  }
}

/** Does the tasks one after the other. A task that fails does not stop the next; an interruption does, and is thrown. */
export async function eachTask<T extends { readonly topic: string }, R>(
  tasks: readonly T[],
  signal: AbortSignal,
  work: (task: T) => Promise<R>,
): Promise<{ readonly results: readonly R[]; readonly failures: readonly Failure[] }> {
  const results: R[] = [];
  const failures: Failure[] = [];
  for (const task of tasks) {
    try {
      results.push(await work(task));
    } catch (thrown) {
      const error = asLeanOpsError(thrown);
      if (signal.aborted) throw error;
      failures.push({ topic: task.topic, error });
    }
  }
  return { results, failures };
}

/** 3 if another run held the lease of a topic, so that this run did not do its work. */
export function semanticExit(results: readonly SemanticResult[]): 0 | 3 {
  return results.some(({ result }) => result === 'locked') ? EXIT.execution : EXIT.ok;
}

/** One topic in the `semantic` document. */
export function semanticJson(result: SemanticResult) {
  return {
    topic: result.topic,
    result: result.result,
    batch_id: result.batchId,
    from_snapshot_id: result.fromSnapshotId?.toString() ?? null,
    to_snapshot_id: result.toSnapshotId?.toString() ?? null,
    raw_rows: result.counts.rawRows,
    ...endJson(result),
  };
}

type BatchEnd = Pick<SemanticResult, 'counts' | 'rows' | 'seconds' | 'detail'>;

/** Members for the result of a batch of any kind: its fates, and the rows of the table now. */
export function endJson({ counts, rows, seconds, detail }: BatchEnd) {
  return {
    inserted: counts.inserted,
    updated: counts.updated,
    duplicate: counts.duplicate,
    superseded: counts.superseded,
    stale: counts.stale,
    rejected: counts.rejected,
    rows: rows === null ? null : Number(rows),
    seconds: round(seconds),
    ...(detail === null ? {} : { detail }),
  };
}

/** Seconds with three decimals. */
export function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
