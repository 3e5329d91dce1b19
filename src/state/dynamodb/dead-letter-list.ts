import type { DeadLetter, DeadLetterFilter, DeadLetterPage } from '../dead-letter.ts';
import { type DeadLetterPlace, pageMark, placeOf, requirePageSize } from '../dead-letter-page.ts';
import type { Database, Expression, Range } from './database.ts';
import { LETTER_SHARDS, letterFromItem, letterShard, sortKey } from './dead-letter-item.ts';
import type { Field, Item } from './item.ts';
import { lettersOf, topicsWithLetters } from './letter-places.ts';
import { sortableMicros } from './sortable.ts';

/** Bounds below and above every sort key, which begins with a digit. */
const BEFORE_ALL = '0';
const BEHIND_ALL = ':';

/** One page of dead letters in order of reception, over all shards of the topics. `limit`: items per page. */
export async function listDeadLetters(
  database: Database,
  filter: DeadLetterFilter,
  limit: number,
  after: string | null,
): Promise<DeadLetterPage> {
  requirePageSize(limit);
  const place = after === null ? null : placeOf(after);
  const letters =
    filter.ids === undefined
      ? mergedShards(database, filter, place, limit)
      : byIds(await lettersOf(database, filter.ids), filter, place);
  const found: DeadLetter[] = [];
  // One letter more shows whether there is a next page.
  for await (const letter of letters) {
    found.push(letter);
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? pageMark(last) : null };
}

function byIds(
  items: readonly Item[],
  filter: DeadLetterFilter,
  place: DeadLetterPlace | null,
): readonly DeadLetter[] {
  const mark = place === null ? BEFORE_ALL : sortKey(place.at, place.id);
  return items
    .map(letterFromItem)
    .filter((letter) => fits(letter, filter) && keyOf(letter) > mark)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function fits(letter: DeadLetter, { topic, errorCode, status, messageId, from, to }: DeadLetterFilter) {
  return (
    (topic === undefined || letter.topic === topic) &&
    (errorCode === undefined || letter.errorCode === errorCode) &&
    (status === undefined || letter.status === status) &&
    (messageId === undefined || letter.messageId === messageId) &&
    (from === undefined || letter.firstReceivedAt >= from) &&
    (to === undefined || letter.firstReceivedAt < to)
  );
}

/** Merges the letters of all shards; each shard is already in order. */
async function* mergedShards(
  database: Database,
  filter: DeadLetterFilter,
  place: DeadLetterPlace | null,
  limit: number,
): AsyncGenerator<DeadLetter> {
  const topics = filter.topic === undefined ? await topicsWithLetters(database) : [filter.topic];
  const shards = topics.flatMap((topic) =>
    Array.from({ length: LETTER_SHARDS }, (_, shard) =>
      database.query('error_tracker', rangeOf(letterShard(topic, shard), filter, place, limit)),
    ),
  );
  const heads = await Promise.all(shards.map(nextLetter));
  for (;;) {
    const first = indexOfFirst(heads);
    const letter = heads[first];
    const shard = shards[first];
    if (letter == null || shard === undefined) return;
    // The bounds of a range are part of it, so the range begins with the last letter of the page before.
    if (place === null || keyOf(letter) !== sortKey(place.at, place.id)) yield letter;
    heads[first] = await nextLetter(shard);
  }
}

async function nextLetter(shard: AsyncGenerator<Item>): Promise<DeadLetter | null> {
  const next = await shard.next();
  return next.done === true ? null : letterFromItem(next.value);
}

/** -1 if no shard has a letter left. */
function indexOfFirst(heads: readonly (DeadLetter | null)[]): number {
  let first = -1;
  let least = BEHIND_ALL;
  for (const [index, head] of heads.entries()) {
    if (head === null || keyOf(head) >= least) continue;
    first = index;
    least = keyOf(head);
  }
  return first;
}

function rangeOf(
  shard: string,
  filter: DeadLetterFilter,
  place: DeadLetterPlace | null,
  limit: number,
): Range {
  const from = filter.from === undefined ? BEFORE_ALL : sortableMicros(filter.from);
  const mark = place === null ? BEFORE_ALL : sortKey(place.at, place.id);
  const condition: Expression = {
    text: '#topic_shard = :shard AND #received_message BETWEEN :low AND :high',
    values: {
      ':shard': shard,
      ':low': laterOf(from, mark),
      // Every letter of that moment has a longer key, so it sorts above.
      ':high': filter.to === undefined ? BEHIND_ALL : sortableMicros(filter.to),
    },
  };
  const conditions: string[] = [];
  const values: Record<string, Field> = {};
  for (const [name, value] of Object.entries({
    error_code: filter.errorCode,
    status: filter.status,
    message_id: filter.messageId,
  })) {
    if (value === undefined) continue;
    conditions.push(`#${name} = :${name}`);
    values[`:${name}`] = value;
  }
  if (conditions.length === 0) return { condition, pageSize: limit + 1 };
  return { condition, filter: { text: conditions.join(' AND '), values } };
}

function keyOf({ firstReceivedAt, id }: DeadLetter): string {
  return sortKey(firstReceivedAt, id);
}

function laterOf(a: string, b: string): string {
  return a > b ? a : b;
}
