import type { Place } from '../place.ts';

/** Closed in one transaction; what is done between two is what an interruption leaves. */
const LETTERS_A_STEP = 500;

export interface DiscardOptions {
  /** Without payload text; null where none is given. */
  readonly reason: string | null;
  /** Ends the call; what was discarded stays so. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

/** Closes open dead letters for good in the name of `by`; their bodies are kept. Returns the number discarded: others were closed before. */
export async function discardDeadLetters(
  place: Pick<Place, 'clock' | 'store'>,
  by: string,
  ids: readonly string[],
  { reason, signal, onProgress }: DiscardOptions,
): Promise<number> {
  let discarded = 0;
  for (let at = 0; at < ids.length && !signal.aborted; at += LETTERS_A_STEP) {
    const step = ids.slice(at, at + LETTERS_A_STEP);
    const closing = { at: place.clock(), by, reason, repair: null };
    discarded += await place.store.closeDeadLetters(step, 'discarded', closing);
    onProgress(at + step.length);
  }
  return discarded;
}
