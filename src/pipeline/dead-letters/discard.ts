import type { Place } from '../place.ts';

/** Letters of one transaction. An interruption leaves the transactions before it done. */
const LETTERS_PER_STEP = 500;

export interface DiscardOptions {
  /** Without payload text; null: none is given. */
  readonly reason: string | null;
  /** Ends the call. Letters that were already discarded stay discarded. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

/**
 * Closes open dead letters for good in the name of `by`, and keeps their bodies. Returns the number that was discarded:
 * letters that were closed before do not count.
 */
export async function discardDeadLetters(
  place: Pick<Place, 'clock' | 'store'>,
  by: string,
  ids: readonly string[],
  { reason, signal, onProgress }: DiscardOptions,
): Promise<number> {
  let discarded = 0;
  for (let at = 0; at < ids.length && !signal.aborted; at += LETTERS_PER_STEP) {
    const step = ids.slice(at, at + LETTERS_PER_STEP);
    const closing = { at: place.clock(), by, reason, repair: null };
    discarded += await place.store.closeDeadLetters(step, 'discarded', closing);
    onProgress(at + step.length);
  }
  return discarded;
}
