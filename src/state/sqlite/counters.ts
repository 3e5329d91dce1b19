import type { IntakeCounts } from '../../quality/ledger.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import type { DailyCounters } from '../counters.ts';
import { outcomesOf } from './checkpoints.ts';
import type { Database } from './database.ts';
import { count, text } from './row.ts';

/** Columns that add up. */
const SUMS = [
  'batches',
  'received',
  'raw',
  'dead_lettered',
  'raw_rows',
  'inserted',
  'updated',
  'duplicate',
  'superseded',
  'stale',
  'rejected',
] as const;

const ADD = `INSERT INTO counters (topic_name, day, ${SUMS.join(', ')}) VALUES (?, ?, ${SUMS.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${SUMS.map((sum) => `${sum} = ${sum} + excluded.${sum}`).join(', ')}`;

export function countIntake(database: Database, topic: string, day: string, counts: IntakeCounts): void {
  database.run(ADD, topic, day, 0, counts.received, counts.raw, counts.deadLettered, 0, 0, 0, 0, 0, 0, 0);
}

export function countBatch(database: Database, topic: string, day: string, counts: BatchCounts): void {
  database.run(
    ADD,
    topic,
    day,
    1,
    0,
    0,
    0,
    counts.rawRows,
    counts.inserted,
    counts.updated,
    counts.duplicate,
    counts.superseded,
    counts.stale,
    counts.rejected,
  );
}

export function readCounters(
  database: Database,
  topic: string,
  fromDay: string,
  toDay: string,
): readonly DailyCounters[] {
  return database
    .all(
      'SELECT * FROM counters WHERE topic_name = ? AND day BETWEEN ? AND ? ORDER BY day',
      topic,
      fromDay,
      toDay,
    )
    .map((row) => ({
      topic: text(row, 'topic_name'),
      day: text(row, 'day'),
      intake: {
        received: count(row, 'received'),
        raw: count(row, 'raw'),
        deadLettered: count(row, 'dead_lettered'),
      },
      outcomes: outcomesOf(row),
      batches: count(row, 'batches'),
    }));
}

/** Days before this one, YYYY-MM-DD. */
export function countOldDays(database: Database, topic: string, before: string): number {
  const row = database.get(
    'SELECT count(*) AS days FROM counters WHERE topic_name = ? AND day < ?',
    topic,
    before,
  );
  return row === null ? 0 : count(row, 'days');
}

export function dropOldDays(database: Database, topic: string, before: string): void {
  database.run('DELETE FROM counters WHERE topic_name = ? AND day < ?', topic, before);
  database.run('DELETE FROM run_failures WHERE topic_name = ? AND day < ?', topic, before);
}
