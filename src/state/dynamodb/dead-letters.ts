import { MICROS_PER_SECOND } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import { closingFields, DEAD_LETTER_COUNTS, LETTER_PLACE, type LetterPlace } from '../codec/dead-letter.ts';
import type {
  DeadLetterClosing,
  DeadLetterCounts,
  DeadLetterStatus,
  DeadLetterStore,
  NewDeadLetter,
} from '../dead-letter.ts';
import type { Database, Write } from './database.ts';
import { bodyFromItem, letterFromItem, letterItem, letterKey } from './dead-letter-item.ts';
import { listDeadLetters } from './dead-letter-list.ts';
import { fromItem, itemOf } from './item.ts';
import { idKey, lettersOf, placesOf, rememberTopic } from './letter-places.ts';
import { shardOf } from './shard.ts';
import { EXPIRES_AT } from './tables.ts';

/** A transaction has at most 100 writes: two per letter, and one for the counts. */
const LETTERS_PER_TRANSACTION = 49;
/** With one item of counts, functions that store dead letters at once would wait for each other. */
const COUNT_SHARDS = 16;
/** A closed letter expires after 30 days; an open one never does. */
const SECONDS_KEPT = 30n * 86_400n;

/** Dead letters in DynamoDB. */
export function deadLetterStore(database: Database): DeadLetterStore {
  return {
    storeDeadLetters: async (letters) => {
      const unique = [...new Map(letters.map((letter) => [letter.id, letter])).values()];
      let stored = 0;
      for (const [topic, ofTopic] of Map.groupBy(unique, (letter) => letter.topic)) {
        await rememberTopic(database, topic);
        stored += await inTransactions(database, ofTopic, storing(topic));
      }
      return stored;
    },
    deadLetters: (filter, limit, after) => listDeadLetters(database, filter, limit, after),
    deadLetter: async (id) => {
      const [item] = await lettersOf(database, [id]);
      return item === undefined ? null : { letter: letterFromItem(item), body: bodyFromItem(item) };
    },
    closeDeadLetters: async (ids, status, closing) => {
      const places = await placesOf(database, ids);
      let changed = 0;
      for (const [topic, ofTopic] of Map.groupBy(places, (place) => place.topic)) {
        changed += await inTransactions(database, ofTopic, closingAs(topic, status, closing));
      }
      return changed;
    },
    deadLetterCounts: (topic) => countDeadLetters(database, topic),
  };
}

/** The writes of one letter, the deciding one first, and the write that counts all letters of a transaction. */
interface Work<T> {
  each(part: T): readonly [Write, Write];
  counts(parts: readonly T[]): Write;
}

function storing(topic: string): Work<NewDeadLetter> {
  return {
    each: (letter) => {
      const { id } = letter;
      const { topic_shard: shard, received_message: key } = letterKey(letter);
      const item = itemOf({ ...idKey(id), ...LETTER_PLACE.encode({ id, topic, shard, key }) });
      const condition = { text: 'attribute_not_exists(#topic_shard)' };
      return [
        { kind: 'put', table: 'error_tracker', item, condition },
        { kind: 'put', table: 'error_tracker', item: letterItem(letter), condition: null },
      ];
    },
    counts: (letters) => addCounts(topic, letters[0]?.id ?? '', { open: letters.length }),
  };
}

function closingAs(
  topic: string,
  status: Exclude<DeadLetterStatus, 'open'>,
  closing: DeadLetterClosing,
): Work<LetterPlace> {
  const expiresAt = closing.at / MICROS_PER_SECOND + SECONDS_KEPT;
  const fields = Object.entries({ ...closingFields(closing), status, [EXPIRES_AT]: expiresAt }).filter(
    ([, field]) => field !== null,
  );
  return {
    each: ({ id, shard, key }) => [
      {
        kind: 'update',
        table: 'error_tracker',
        key: { topic_shard: shard, received_message: key },
        change: {
          text: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          values: Object.fromEntries(fields.map(([name, field]) => [`:${name}`, field])),
        },
        condition: { text: '#status = :open', values: { ':open': 'open' } },
      },
      {
        kind: 'update',
        table: 'error_tracker',
        key: idKey(id),
        change: { text: `SET #${EXPIRES_AT} = :expires_at`, values: { ':expires_at': expiresAt } },
      },
    ],
    counts: (places) =>
      addCounts(topic, places[0]?.id ?? '', { open: -places.length, [status]: places.length }),
  };
}

/** Writes the parts whose conditions are true, in whole transactions; returns the number of parts written. */
async function inTransactions<T>(database: Database, parts: readonly T[], work: Work<T>): Promise<number> {
  let written = 0;
  for (let at = 0; at < parts.length; at += LETTERS_PER_TRANSACTION) {
    let left = parts.slice(at, at + LETTERS_PER_TRANSACTION);
    while (left.length > 0) {
      const answer = await database.transact([...left.flatMap((part) => work.each(part)), work.counts(left)]);
      if (answer.kind === 'done') {
        written += left.length;
        break;
      }
      const { failed } = answer;
      left = left.filter((_, index) => !failed.has(2 * index));
    }
  }
  return written;
}

/** Closed letters expire, but stay counted. */
async function countDeadLetters(database: Database, topic: string): Promise<DeadLetterCounts> {
  const keys = Array.from({ length: COUNT_SHARDS }, (_, shard) => countsKey(topic, shard));
  const items = await database.getAll('error_tracker', keys);
  const parts = items.map((item) => fromItem(DEAD_LETTER_COUNTS, 'error_tracker', item));
  const total = (status: DeadLetterStatus) => parts.reduce((sum, part) => sum + part[status], 0);
  const counts = { open: total('open'), replayed: total('replayed'), discarded: total('discarded') };
  invariant(counts.open >= 0, `no topic has ${counts.open} open dead letters`);
  return counts;
}

function addCounts(topic: string, id: string, amounts: Readonly<Record<string, number>>): Write {
  const names = Object.keys(amounts);
  return {
    kind: 'update',
    table: 'error_tracker',
    key: countsKey(topic, shardOf(id, COUNT_SHARDS)),
    change: {
      text: `ADD ${names.map((name) => `#${name} :${name}`).join(', ')}`,
      values: Object.fromEntries(names.map((name) => [`:${name}`, amounts[name] ?? 0])),
    },
  };
}

function countsKey(topic: string, shard: number) {
  return { topic_shard: `COUNTS#${topic}#${shard}`, received_message: 'counts' };
}
