import { setTimeout as pause } from 'node:timers/promises';

interface Patience {
  /** Default: 60 s. */
  readonly deadlineMs?: number;
  /** Pause between two looks at the condition; default: 20 ms. */
  readonly pollMs?: number;
}

const POLL_MS = 20;
const DEADLINE_MS = 60_000;

/** Waits until the condition holds. Throws "not within 60 s: WHAT" if it does not hold before the deadline. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { deadlineMs = DEADLINE_MS, pollMs = POLL_MS }: Patience = {},
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new TypeError(`not within ${deadlineMs / 1_000} s: ${what}`);
    await pause(pollMs);
  }
}

/** Like {@link until}, but blocks the thread, so that everything else in this process stands still meanwhile. */
export function blockUntil(what: string, holds: () => boolean): void {
  const end = performance.now() + DEADLINE_MS;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  while (!holds()) {
    if (performance.now() > end) throw new TypeError(`not within ${DEADLINE_MS / 1_000} s: ${what}`);
    Atomics.wait(nobody, 0, 0, POLL_MS);
  }
}
