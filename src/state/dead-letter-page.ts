import type { Micros } from '../base/time.ts';
import { invariant, LeanOpsError } from '../errors/error.ts';
import type { DeadLetter } from './dead-letter.ts';

/** One page must stay a small answer; people page on, programs loop. */
const MAX_PAGE = 1000;

/** A place in the order of dead letters. */
export interface DeadLetterPlace {
  readonly at: Micros;
  readonly id: string;
}

export function requirePageSize(limit: number): void {
  const fits = Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE;
  invariant(fits, `a page has 1 to ${MAX_PAGE} dead letters`);
}

/** The mark behind a letter, for the page that follows. */
export function pageMark({ firstReceivedAt, id }: DeadLetter): string {
  return `${firstReceivedAt}:${id}`;
}

/** Throws USAGE on a text that is no mark. */
export function placeOf(mark: string): DeadLetterPlace {
  const match = /^(-?\d{1,19}):(.+)$/s.exec(mark);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new LeanOpsError('USAGE', {
      operation: 'listing dead letters',
      detail: 'the page mark is not one of ours',
    });
  }
  return { at: BigInt(match[1]), id: match[2] };
}
