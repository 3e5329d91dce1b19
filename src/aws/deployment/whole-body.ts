import { retry } from '../../base/retry.ts';

/** Enough for a bad connection. In an outage the caller should get the error soon. */
const MAX_ATTEMPTS = 3;

/**
 * Reads an object's body again if the connection breaks or stalls midway: the SDK repeats a call only until its answer
 * begins. Throws what the last attempt threw.
 */
export function wholeBody<T>(read: () => Promise<T>): Promise<T> {
  return retry(read, MAX_ATTEMPTS, isBrokenOff);
}

/** Errors of calls, which the SDK has repeated itself, carry `$metadata`. */
function isBrokenOff(error: unknown): boolean {
  if (!(error instanceof Error) || '$metadata' in error) return false;
  return error.name === 'TimeoutError' || ('code' in error && error.code === 'ECONNRESET');
}
