import { dayOf } from '../../base/time.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import type { FailureNote, RunFailures } from '../failure.ts';
import type { Database } from './database.ts';
import { count, errorCodeOf, long, text } from './row.ts';

export function recordFailure(database: Database, { topic, code, at }: FailureNote): void {
  database.run(
    `INSERT INTO run_failures (topic_name, day, code, count, first_at, last_at) VALUES (?, ?, ?, 1, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + 1, first_at = min(first_at, excluded.first_at),
       last_at = max(last_at, excluded.last_at)`,
    topic,
    dayOf(at),
    code,
    at,
    at,
  );
}

export function readFailures(
  database: Database,
  topic: string,
  fromDay: string,
  toDay: string,
): readonly RunFailures[] {
  return database
    .all(
      'SELECT * FROM run_failures WHERE topic_name = ? AND day BETWEEN ? AND ? ORDER BY day, code',
      topic,
      fromDay,
      toDay,
    )
    .map((row) => {
      const code = errorCodeOf(row, 'code');
      return {
        topic: text(row, 'topic_name'),
        code,
        stage: ERRORS[code].stage,
        day: text(row, 'day'),
        count: count(row, 'count'),
        firstAt: long(row, 'first_at'),
        lastAt: long(row, 'last_at'),
      };
    });
}
