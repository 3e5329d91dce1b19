import {
  type DeadLetter,
  type DeadLetterStore,
  deadLetterId,
  replayedLetter,
  replaySource,
} from '../../state/dead-letter.ts';

/** The dead letters that a reception replayed, the latest first; empty if it was not a replay. */
export async function lettersBehind(store: DeadLetterStore, source: string): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let id = replayedLetter(source); id !== null; ) {
    const found = await store.deadLetter(id);
    if (found === null) break;
    letters.push(found.letter);
    id = replayedLetter(found.letter.source);
  }
  return letters;
}

/** The result of a replay: the letter's new reception id, and its new dead letter if it failed again. */
export interface Replayed {
  readonly source: string;
  /** null: it is a row of RAW. */
  readonly deadLetterId: string | null;
}

/** null: the letter was not replayed. */
export async function whatBecameOf(store: DeadLetterStore, letter: DeadLetter): Promise<Replayed | null> {
  if (letter.status !== 'replayed') return null;
  const source = replaySource(letter.id);
  const again = await store.deadLetter(deadLetterId(letter.topic, source));
  return { source, deadLetterId: again?.letter.id ?? null };
}
