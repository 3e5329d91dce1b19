import { LETTER_PLACE, type LetterPlace } from '../codec/dead-letter.ts';
import type { Database } from './database.ts';
import { fromItem, type Item, text } from './item.ts';

/** The key of the item that says where the letter of this id is. */
export function idKey(id: string) {
  return { topic_shard: `ID#${id}`, received_message: 'place' };
}

/** Places of the letters that exist, in no order. */
export async function placesOf(database: Database, ids: readonly string[]): Promise<readonly LetterPlace[]> {
  const items = await database.getAll('error_tracker', [...new Set(ids)].map(idKey));
  return items.map((item) => fromItem(LETTER_PLACE, 'error_tracker', item));
}

/** Items of the letters that exist, in no order. */
export async function lettersOf(database: Database, ids: readonly string[]): Promise<readonly Item[]> {
  const places = await placesOf(database, ids);
  return database.getAll(
    'error_tracker',
    places.map(({ shard, key }) => ({ topic_shard: shard, received_message: key })),
  );
}

/** Lists the topic under those with letters. Written first, so that no list over all topics ever misses a letter. */
export async function rememberTopic(database: Database, topic: string): Promise<void> {
  await database.update({
    table: 'error_tracker',
    key: { topic_shard: 'TOPICS', received_message: topic },
    change: { text: 'SET #topic_name = :topic', values: { ':topic': topic } },
  });
}

/** Every topic that ever had a dead letter, by name. */
export async function topicsWithLetters(database: Database): Promise<readonly string[]> {
  const condition = { text: '#topic_shard = :topics', values: { ':topics': 'TOPICS' } };
  return Array.fromAsync(database.query('error_tracker', { condition }), (item) => text(item, 'topic_name'));
}
