import { KIB } from '../../base/bytes.ts';
import { invariant } from '../../errors/error.ts';
import { DEAD_LETTER, DEAD_LETTER_BODY } from '../codec/dead-letter.ts';
import type { DeadLetter, DeadLetterBody, NewDeadLetter } from '../dead-letter.ts';
import { fromItem, type Item, itemOf } from './item.ts';
import { shardOf } from './shard.ts';
import { sortableMicros } from './sortable.ts';

/** One partition accepts 1,000 writes per second. A flood of bad messages of one topic is spread over this many. */
export const LETTER_SHARDS = 8;
/** An item has at most 400 KB, and lists read it whole, so larger bodies go to S3. */
const MAX_INLINE_BYTES = 64 * KIB;

/** The key of a letter's item. */
export interface LetterKey {
  readonly topic_shard: string;
  readonly received_message: string;
  readonly [name: string]: string;
}

/** The key of a dead letter's item in error_tracker. */
export function letterKey({ topic, firstReceivedAt, id }: NewDeadLetter): LetterKey {
  const shard = shardOf(id, LETTER_SHARDS);
  return { topic_shard: letterShard(topic, shard), received_message: sortKey(firstReceivedAt, id) };
}

/** The hash key of one of the topic's LETTER_SHARDS. */
export function letterShard(topic: string, shard: number): string {
  return `${topic}#${shard}`;
}

/** Sorts as the pages do: by first-received time, then id. */
export function sortKey(firstReceivedAt: bigint, id: string): string {
  return `${sortableMicros(firstReceivedAt)}#${id}`;
}

/** The item of a new letter. */
export function letterItem(letter: NewDeadLetter): Item {
  const { body } = letter;
  const bodySize = body.kind === 'inline' ? BigInt(body.bytes.byteLength) : body.size;
  const fits = body.kind === 'file' || bodySize <= MAX_INLINE_BYTES;
  invariant(fits, `a body of more than ${MAX_INLINE_BYTES} bytes has a file of its own`);
  return itemOf({
    ...letterKey(letter),
    ...DEAD_LETTER.encode({ ...letter, status: 'open', closing: null, bodySize }),
    ...DEAD_LETTER_BODY.encode(body),
  });
}

/** Decodes a dead letter. Throws STATE_DAMAGED. */
export function letterFromItem(item: Item): DeadLetter {
  return fromItem(DEAD_LETTER, 'error_tracker', item);
}

/** Decodes where a dead letter's body is. Throws STATE_DAMAGED. */
export function bodyFromItem(item: Item): DeadLetterBody {
  return fromItem(DEAD_LETTER_BODY, 'error_tracker', item);
}
