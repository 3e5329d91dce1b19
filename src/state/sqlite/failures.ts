import { dayOf } from '../../base/time.ts';
import { RUN_FAILURES } from '../codec/failure.ts';
import type { FailureStore } from '../failure.ts';
import type { Database } from './database.ts';
import { fromRow } from './row.ts';

/** Failures of runs in SQLite. */
export function failureStore(database: Database): FailureStore {
  return {
    recordFailure: async ({ topic, code, at }) => {
      database.write(() =>
        database.run(
          `INSERT INTO run_failures (topic_name, day, code, count, first_at, last_at) VALUES (?, ?, ?, 1, ?, ?)
           ON CONFLICT DO UPDATE SET count = count + 1, first_at = min(first_at, excluded.first_at),
             last_at = max(last_at, excluded.last_at)`,
          topic,
          dayOf(at),
          code,
          at,
          at,
        ),
      );
    },
    failures: async (topic, fromDay, toDay) =>
      database
        .all(
          'SELECT * FROM run_failures WHERE topic_name = ? AND day BETWEEN ? AND ? ORDER BY day, code',
          topic,
          fromDay,
          toDay,
        )
        .map((row) => fromRow(RUN_FAILURES, 'run_failures', row)),
  };
}
