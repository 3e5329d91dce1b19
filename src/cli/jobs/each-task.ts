import type { LeanOpsError } from '../../errors/error.ts';
import { asLeanOpsError } from '../command/output.ts';

/** A topic whose work failed; the other topics are not affected. */
export interface Failure {
  readonly topic: string;
  readonly error: LeanOpsError;
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
