import { dayOf, type Micros } from '../../base/time.ts';
import type { IntakeCounts } from '../../quality/ledger.ts';
import { addCounts, type BatchCounts, NO_COUNTS } from '../../semantic/fates.ts';
import { DAY_FIGURES, type DayFigures, outcomeFields } from '../codec/figures.ts';
import type { CounterStore } from '../counters.ts';
import type { Database, Expression, Update } from './database.ts';
import { fromItem, type Item, text } from './item.ts';
import { shardOf } from './shard.ts';
import { EXPIRES_AT } from './tables.ts';

/** Daily figures are for display, and a quarter shows their trend: 90 days. */
const SECONDS_KEPT = 90 * 86_400;
/** Functions that run at once add to different items, because one item accepts 1,000 writes per second. */
const INTAKE_SHARDS = 8;

/** The counters to which the functions of the intake add. */
export interface IntakeCounterStore {
  /**
   * Adds the receptions of one invocation to their day, for display only: a second call counts them twice. `caller` is
   * unique for the invocation.
   */
  countIntake(topic: string, counts: IntakeCounts, at: Micros, caller: string): Promise<void>;
}

/** Daily figures in DynamoDB. */
export function counterStore(database: Database): CounterStore & IntakeCounterStore {
  return {
    counters: async (topic, fromDay, toDay) => {
      const hashes = [topic, ...Array.from({ length: INTAKE_SHARDS }, (_, shard) => `${topic}#${shard}`)];
      const parts = await Promise.all(
        hashes.map((hash) => Array.fromAsync(database.query('counters', daysOf(hash, fromDay, toDay)))),
      );
      const days = Map.groupBy(parts.flat(), (item) => text(item, 'date'));
      return [...days.keys()].sort().map((day) => ({ topic, day, ...figuresOf(days.get(day) ?? []) }));
    },
    // The shard spreads the load. Later calls of the same caller add to the same item.
    countIntake: async (topic, { received, raw, deadLettered }, at, caller) => {
      const hash = `${topic}#${shardOf(caller, INTAKE_SHARDS)}`;
      await database.update(addition(hash, dayOf(at), { received, raw, dead_lettered: deadLettered }));
    },
  };
}

/** For the transaction that completes the batch, so that it is counted once. `day` is YYYY-MM-DD. */
export function countBatch(topic: string, day: string, counts: BatchCounts): Update {
  return addition(topic, day, { batches: 1, ...outcomeFields(counts) });
}

/** When figures of a day expire, in seconds since 1970. `day` is YYYY-MM-DD. */
export function dayExpiry(day: string): number {
  return Date.parse(day) / 1000 + SECONDS_KEPT;
}

/** The items of one hash key whose range key begins with a day from `fromDay` to `toDay`. */
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

function figuresOf(items: readonly Item[]): DayFigures {
  const none: DayFigures = {
    batches: 0,
    intake: { received: 0, raw: 0, deadLettered: 0 },
    outcomes: NO_COUNTS,
  };
  return items
    .map((item) => fromItem(DAY_FIGURES, 'counters', item))
    .reduce(
      (sum, { batches, intake, outcomes }) => ({
        batches: sum.batches + batches,
        intake: {
          received: sum.intake.received + intake.received,
          raw: sum.intake.raw + intake.raw,
          deadLettered: sum.intake.deadLettered + intake.deadLettered,
        },
        outcomes: addCounts(sum.outcomes, outcomes),
      }),
      none,
    );
}
