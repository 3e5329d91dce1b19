import type { IntakeCounts } from '../../quality/ledger.ts';
import { type BatchCounts, NO_COUNTS } from '../../semantic/fates.ts';
import { DAY_FIGURES, type DayFigures } from '../codec/figures.ts';
import type { CounterStore } from '../counters.ts';
import type { Database } from './database.ts';
import { count, fromRow, text } from './row.ts';

const NO_INTAKE: IntakeCounts = { received: 0, raw: 0, deadLettered: 0 };

/** Daily figures in SQLite. */
export function counterStore(database: Database): CounterStore {
  return {
    counters: async (topic, fromDay, toDay) =>
      database
        .all(
          'SELECT * FROM counters WHERE topic_name = ? AND day BETWEEN ? AND ? ORDER BY day',
          topic,
          fromDay,
          toDay,
        )
        .map((row) => ({ topic, day: text(row, 'day'), ...fromRow(DAY_FIGURES, 'counters', row) })),
  };
}

/** Adds one commit of the ingest to a day, YYYY-MM-DD. */
export function countIntake(database: Database, topic: string, day: string, intake: IntakeCounts): void {
  add(database, topic, day, { batches: 0, intake, outcomes: NO_COUNTS });
}

/** Adds one batch to a day, YYYY-MM-DD. */
export function countBatch(database: Database, topic: string, day: string, outcomes: BatchCounts): void {
  add(database, topic, day, { batches: 1, intake: NO_INTAKE, outcomes });
}

/** The number of the topic's days before this one, YYYY-MM-DD. */
export function countOldDays(database: Database, topic: string, before: string): number {
  const row = database.get(
    'SELECT count(*) AS days FROM counters WHERE topic_name = ? AND day < ?',
    topic,
    before,
  );
  return row === null ? 0 : count(row, 'days');
}

/** Removes the topic's days before this one, YYYY-MM-DD, with their failures. */
export function dropOldDays(database: Database, topic: string, before: string): void {
  database.run('DELETE FROM counters WHERE topic_name = ? AND day < ?', topic, before);
  database.run('DELETE FROM run_failures WHERE topic_name = ? AND day < ?', topic, before);
}

function add(database: Database, topic: string, day: string, figures: DayFigures): void {
  const sums = Object.entries(DAY_FIGURES.encode(figures)) as [string, bigint][];
  const names = sums.map(([name]) => name);
  database.run(
    `INSERT INTO counters (topic_name, day, ${names.join(', ')}) VALUES (?, ?, ${names.map(() => '?').join(', ')})
     ON CONFLICT DO UPDATE SET ${names.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
    topic,
    day,
    ...sums.map(([, amount]) => amount),
  );
}
