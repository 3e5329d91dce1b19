import type { DeadLetterFilter, DeadLetterStore } from '../../state/dead-letter.ts';

/** Letters that the store returns at once, so that memory is limited. */
const PAGE = 1_000;

/** Open dead letters of one topic, in the order of their receptions. */
export interface OpenLetters {
  readonly topic: string;
  readonly ids: readonly string[];
}

/**
 * The open dead letters that the filter selects, by topic. They are chosen once, before the first replay: a letter that
 * fails again becomes a new letter, and choosing while replaying would never end.
 */
export async function openLetters(
  store: DeadLetterStore,
  filter: Omit<DeadLetterFilter, 'status'>,
): Promise<readonly OpenLetters[]> {
  const byTopic = new Map<string, string[]>();
  let after: string | null = null;
  do {
    const page = await store.deadLetters({ ...filter, status: 'open' }, PAGE, after);
    for (const { topic, id } of page.items) {
      const ids = byTopic.get(topic) ?? [];
      ids.push(id);
      byTopic.set(topic, ids);
    }
    after = page.next;
  } while (after !== null);
  return [...byTopic].map(([topic, ids]) => ({ topic, ids })).sort((a, b) => (a.topic < b.topic ? -1 : 1));
}
