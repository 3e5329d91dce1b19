import { retry } from '../base/retry.ts';

/** Against one bad connection, not an outage: who waits for the file is told soon. */
const MAX_ATTEMPTS = 3;

/**
 * Reads an object's body again where the connection breaks or falls silent midway: the SDK repeats a call only until its
 * answer begins. Throws what the last attempt threw.
 */
export function wholeBody<T>(read: () => Promise<T>): Promise<T> {
  return retry(read, MAX_ATTEMPTS, isBrokenOff);
}

/** What the SDK has repeated itself carries `$metadata`. */
function isBrokenOff(error: unknown): boolean {
  if (!(error instanceof Error) || '$metadata' in error) return false;
  return error.name === 'TimeoutError' || ('code' in error && error.code === 'ECONNRESET');
}
