import type { IntakeCounts } from '../../quality/ledger.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import type { DailyCounters } from '../counters.ts';
import { fieldsOfOutcomes } from './checkpoints.ts';
import type { Database, Expression, Update } from './database.ts';
import { type Item, sum, text } from './item.ts';
import { shardOf } from './shard.ts';
import { EXPIRES_AT } from './tables.ts';

/** DESIGN 8: 90 days. */
const SECONDS_KEPT = 90 * 86_400;
/** Functions that run at once add to different items: one item takes 1,000 writes a second. */
const INTAKE_SHARDS = 8;

/** For the transaction that completes the batch, so that it is counted once. */
export function countBatch(topic: string, day: string, counts: BatchCounts): Update {
  return addition(topic, day, { batches: 1, ...fieldsOfOutcomes(counts) });
}

/** `caller` spreads the load; whoever calls again with it meets the same item. */
export async function countIntake(
  database: Database,
  topic: string,
  day: string,
  counts: IntakeCounts,
  caller: string,
): Promise<void> {
  const { received, raw, deadLettered } = counts;
  const hash = `${topic}#${shardOf(caller, INTAKE_SHARDS)}`;
  await database.update(addition(hash, day, { received, raw, dead_lettered: deadLettered }));
}

export async function readCounters(
  database: Database,
  topic: string,
  fromDay: string,
  toDay: string,
): Promise<readonly DailyCounters[]> {
  const hashes = [topic, ...Array.from({ length: INTAKE_SHARDS }, (_, shard) => `${topic}#${shard}`)];
  const parts = await Promise.all(
    hashes.map((hash) => Array.fromAsync(database.query('counters', daysOf(hash, fromDay, toDay)))),
  );
  const days = Map.groupBy(parts.flat(), (item) => text(item, 'date'));
  return [...days.keys()].sort().map((day) => dailyCounters(topic, day, days.get(day) ?? []));
}

/** When what belongs to a day may go. */
export function dayExpiry(day: string): number {
  return Date.parse(day) / 1000 + SECONDS_KEPT;
}

/** The items of one hash key whose range key begins with a day of that span. */
export function daysOf(hash: string, fromDay: string, toDay: string): { readonly condition: Expression } {
  const values = { ':topic': hash, ':from': fromDay, ':to': `${toDay}~` };
  return { condition: { text: '#topic_name = :topic AND #date BETWEEN :from AND :to', values } };
}

function addition(hash: string, day: string, amounts: Readonly<Record<string, number>>): Update {
  const names = Object.keys(amounts);
  return {
    table: 'counters',
    key: { topic_name: hash, date: day },
    change: {
      text: `SET #${EXPIRES_AT} = :expires_at ADD ${names.map((name) => `#${name} :${name}`).join(', ')}`,
      values: {
        ':expires_at': dayExpiry(day),
        ...Object.fromEntries(names.map((name) => [`:${name}`, amounts[name] ?? 0])),
      },
    },
  };
}

function dailyCounters(topic: string, day: string, items: readonly Item[]): DailyCounters {
  const total = (name: string) => items.reduce((before, item) => before + sum(item, name), 0);
  return {
    topic,
    day,
    intake: { received: total('received'), raw: total('raw'), deadLettered: total('dead_lettered') },
    outcomes: {
      rawRows: total('raw_rows'),
      inserted: total('inserted'),
      updated: total('updated'),
      duplicate: total('duplicate'),
      superseded: total('superseded'),
      stale: total('stale'),
      rejected: total('rejected'),
    },
    batches: total('batches'),
  };
}
