/** Against one bad connection, not an outage: who waits for the file is told soon. */
const MAX_ATTEMPTS = 3;

/**
 * Reads an object's body again where the connection breaks or falls silent midway: the SDK repeats a call only until its
 * answer begins. Throws what the last attempt threw.
 */
export async function wholeBody<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isBrokenOff(error)) throw error;
    }
  }
}

/** What the SDK has repeated itself carries `$metadata`. */
function isBrokenOff(error: unknown): boolean {
  if (!(error instanceof Error) || '$metadata' in error) return false;
  return error.name === 'TimeoutError' || ('code' in error && error.code === 'ECONNRESET');
}
