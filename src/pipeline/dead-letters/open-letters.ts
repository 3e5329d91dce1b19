import type { DeadLetterFilter, DeadLetterStore } from '../../state/dead-letter.ts';

/** The most that one answer of the store holds. */
const PAGE = 1_000;

/** Open dead letters of one topic, in order of reception. */
export interface OpenLetters {
  readonly topic: string;
  readonly ids: readonly string[];
}

/**
 * The open dead letters that the filter means, by topic. Chosen once, before the first is replayed: one that fails again
 * becomes a letter of its own, which would be met once more, for ever.
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
