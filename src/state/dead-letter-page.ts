import type { Micros } from '../base/time.ts';
import { invariant, LeanOpsError } from '../errors/error.ts';
import type { DeadLetter } from './dead-letter.ts';

/** Keeps one answer small. People ask for the next page, programs loop. */
const MAX_PAGE = 1000;

/** A position in the order of dead letters. */
export interface DeadLetterPlace {
  readonly at: Micros;
  readonly id: string;
}

/** Throws INTERNAL unless `limit` is 1 to MAX_PAGE. */
export function requirePageSize(limit: number): void {
  const fits = Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE;
  invariant(fits, `a page has 1 to ${MAX_PAGE} dead letters`);
}

/** The mark of a letter, after which the next page begins. */
export function pageMark({ firstReceivedAt, id }: DeadLetter): string {
  return `${firstReceivedAt}:${id}`;
}

/** The position that a mark names. Throws USAGE if the text is not a mark. */
export function placeOf(mark: string): DeadLetterPlace {
  const match = /^(-?\d{1,19}):(.+)$/s.exec(mark);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new LeanOpsError('USAGE', {
      operation: 'listing dead letters',
      detail: 'the page mark is not one that a page ended with',
    });
  }
  return { at: BigInt(match[1]), id: match[2] };
}
