import { LeanOpsError } from '../errors/error.ts';

/**
 * How often a commit is tried. Beside a lease's holder only Firehose (once a minute), maintenance and other engines
 * commit, and an attempt takes seconds. A writer that loses this many races in a row would lose the next one too.
 */
const MAX_COMMIT_ATTEMPTS = 5;

/**
 * Runs `attempt` until it loses no race against another writer: until it throws no COMMIT_CONFLICT. Each attempt must
 * load the table again. The next one starts at once, because the commit that won is already complete.
 * `throwIfStopped` is called before each repetition. Throws COMMIT_CONFLICT after the last attempt, with the last conflict
 * as its cause; every other error at once.
 */
export async function retryOnConflict<T>(
  operation: string,
  attempt: () => Promise<T>,
  throwIfStopped: () => void = () => undefined,
): Promise<T> {
  try {
    return await retry(attempt, MAX_COMMIT_ATTEMPTS, isConflict, throwIfStopped);
  } catch (cause) {
    if (!isConflict(cause)) throw cause;
    throw new LeanOpsError('COMMIT_CONFLICT', {
      operation,
      detail: `another writer changed the table in each of ${MAX_COMMIT_ATTEMPTS} attempts`,
      cause,
    });
  }
}

/** Runs `attempt` up to `attempts` times without a pause. Throws the last error, and one that is not `retryable` at once. */
export async function retry<T>(
  attempt: () => Promise<T>,
  attempts: number,
  retryable: (error: unknown) => boolean,
  throwIfStopped: () => void = () => undefined,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (number === attempts || !retryable(error)) throw error;
      throwIfStopped();
    }
  }
}

/**
 * Milliseconds to wait after the attempt of this number, counted from 1: twice as long each time, times 0.5 to 1.5, so
 * that clients that failed together do not return together. `random` is from 0 to 1.
 */
export function backoffMs(firstMs: number, attempt: number, random: number): number {
  return firstMs * 2 ** (attempt - 1) * (0.5 + random);
}

function isConflict(error: unknown): boolean {
  return error instanceof LeanOpsError && error.code === 'COMMIT_CONFLICT';
}
