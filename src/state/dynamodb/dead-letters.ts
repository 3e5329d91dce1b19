import { MICROS_PER_SECOND } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import type {
  DeadLetter,
  DeadLetterBody,
  DeadLetterClosing,
  DeadLetterCounts,
  DeadLetterStatus,
  NewDeadLetter,
} from '../dead-letter.ts';
import type { Database, Write } from './database.ts';
import {
  bodyFromItem,
  fieldsOfClosing,
  type LetterKey,
  letterFromItem,
  letterItem,
  letterKey,
} from './dead-letter-item.ts';
import { type Item, itemOf, sum, text } from './item.ts';
import { shardOf } from './shard.ts';
import { EXPIRES_AT } from './tables.ts';

/** A transaction has at most 100 writes: two a letter, and one for the counts. */
const LETTERS_PER_TRANSACTION = 49;
/** One item of counts would make functions that dead-letter at once wait for each other. */
const COUNT_SHARDS = 16;
/** DESIGN 8: none while open. */
const SECONDS_KEPT = 30n * 86_400n;

type Closed = Exclude<DeadLetterStatus, 'open'>;

/** Where a letter of an id lies, as `ID#<id>` says. */
interface Place {
  readonly id: string;
  readonly topic: string;
  readonly key: LetterKey;
}

/** Gives the number that were new. */
export async function storeDeadLetters(
  database: Database,
  letters: readonly NewDeadLetter[],
): Promise<number> {
  const unique = [...new Map(letters.map((letter) => [letter.id, letter])).values()];
  let stored = 0;
  for (const [topic, ofTopic] of Map.groupBy(unique, (letter) => letter.topic)) {
    await rememberTopic(database, topic);
    stored += await inTransactions(database, ofTopic, storing(topic));
  }
  return stored;
}

/** First of all, so that no letter is ever missing in a list over all topics. */
async function rememberTopic(database: Database, topic: string): Promise<void> {
  await database.update({
    table: 'error_tracker',
    key: { topic_shard: 'TOPICS', received_message: topic },
    change: { text: 'SET #topic_name = :topic', values: { ':topic': topic } },
  });
}

/** Of every topic that ever had a dead letter, by name. */
export async function topicsWithLetters(database: Database): Promise<readonly string[]> {
  const condition = { text: '#topic_shard = :topics', values: { ':topics': 'TOPICS' } };
  return Array.fromAsync(database.query('error_tracker', { condition }), (item) => text(item, 'topic_name'));
}

/** What is written for one letter, the deciding write first, and for the counts of all in one transaction. */
interface Work<T> {
  each(part: T): readonly [Write, Write];
  counts(parts: readonly T[]): Write;
}

function storing(topic: string): Work<NewDeadLetter> {
  return {
    each: (letter) => [
      {
        kind: 'put',
        table: 'error_tracker',
        item: itemOf({
          ...idKey(letter.id),
          id: letter.id,
          topic_name: topic,
          letter_shard: letterKey(letter).topic_shard,
          letter_key: letterKey(letter).received_message,
        }),
        condition: { text: 'attribute_not_exists(#topic_shard)' },
      },
      { kind: 'put', table: 'error_tracker', item: letterItem(letter), condition: null },
    ],
    counts: (letters) => addCounts(topic, letters[0]?.id ?? '', { open: letters.length }),
  };
}

function closingAs(topic: string, status: Closed, closing: DeadLetterClosing): Work<Place> {
  const expiresAt = closing.at / MICROS_PER_SECOND + SECONDS_KEPT;
  const fields = Object.entries({ ...fieldsOfClosing(closing), status, [EXPIRES_AT]: expiresAt }).filter(
    ([, field]) => field !== null,
  );
  return {
    each: ({ id, key }) => [
      {
        kind: 'update',
        table: 'error_tracker',
        key,
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

/** Writes what its conditions allow, whole transactions at a time; gives the number of parts written. */
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

export async function readDeadLetter(
  database: Database,
  id: string,
): Promise<{ readonly letter: DeadLetter; readonly body: DeadLetterBody } | null> {
  const [item] = await lettersOf(database, [id]);
  return item === undefined ? null : { letter: letterFromItem(item), body: bodyFromItem(item) };
}

/** Those that there are, in no order. */
export async function lettersOf(database: Database, ids: readonly string[]): Promise<readonly Item[]> {
  const places = await placesOf(database, ids);
  return database.getAll(
    'error_tracker',
    places.map((place) => place.key),
  );
}

async function placesOf(database: Database, ids: readonly string[]): Promise<readonly Place[]> {
  const items = await database.getAll('error_tracker', [...new Set(ids)].map(idKey));
  return items.map((item) => ({
    id: text(item, 'id'),
    topic: text(item, 'topic_name'),
    key: { topic_shard: text(item, 'letter_shard'), received_message: text(item, 'letter_key') },
  }));
}

/** Open → status; gives the number changed. */
export async function closeDeadLetters(
  database: Database,
  ids: readonly string[],
  status: Closed,
  closing: DeadLetterClosing,
): Promise<number> {
  const places = await placesOf(database, ids);
  let changed = 0;
  for (const [topic, ofTopic] of Map.groupBy(places, (place) => place.topic)) {
    changed += await inTransactions(database, ofTopic, closingAs(topic, status, closing));
  }
  return changed;
}

/** Closed letters are forgotten after a time, but stay counted. */
export async function countDeadLetters(database: Database, topic: string): Promise<DeadLetterCounts> {
  const keys = Array.from({ length: COUNT_SHARDS }, (_, shard) => countsKey(topic, shard));
  const items = await database.getAll('error_tracker', keys);
  const total = (name: string) => items.reduce((before, item) => before + sum(item, name), 0);
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

function idKey(id: string) {
  return { topic_shard: `ID#${id}`, received_message: 'place' };
}
