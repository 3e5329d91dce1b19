/** An interrupt between two statements stops neither, so it is repeated until the work ends. */
const INTERRUPT_EVERY_MS = 50;

/**
 * Runs work, and calls `interrupt` from when the signal aborts until the work ends: it stops the running statement and
 * those that start later. Throws what the work throws.
 */
export async function interruptibly<T>(
  interrupt: () => void,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let repeating: NodeJS.Timeout | undefined;
  const stop = (): void => {
    interrupt();
    repeating = setInterval(interrupt, INTERRUPT_EVERY_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(repeating);
  }
}
