import { invariant } from '../../errors/error.ts';
import { type CheckResultStore, MAX_KEPT_CHECKS } from '../check-results.ts';
import type { BatchCompletion, Checkpoint } from '../checkpoint.ts';
import { BATCH_CHECKS } from '../codec/check-results.ts';
import type { Database } from './database.ts';
import { fromRow, insertRow, long } from './row.ts';

/** Results of table rules in SQLite. */
export function checkResultStore(database: Database): CheckResultStore {
  return {
    checkResults: async (topic, limit) =>
      database
        .all('SELECT * FROM check_results WHERE topic_name = ? ORDER BY sequence DESC LIMIT ?', topic, limit)
        .map((row) => fromRow(BATCH_CHECKS, 'check_results', row)),
  };
}

/** Must run in the transaction that completes the batch. Orders by a sequence, because clocks may be set back. */
export function storeChecks(
  database: Database,
  { topic, contractVersion }: Checkpoint,
  { batchId, checks, completedAt }: BatchCompletion,
): void {
  if (checks.length === 0) return;
  invariant(contractVersion !== null, 'a completed batch has a contract version');
  const row = database.get(
    'SELECT coalesce(max(sequence), 0) + 1 AS next FROM check_results WHERE topic_name = ?',
    topic,
  );
  invariant(row !== null, 'an aggregate is one row');
  const sequence = long(row, 'next');
  const record = BATCH_CHECKS.encode({ batchId, contractVersion, checkedAt: completedAt, results: checks });
  insertRow(database, 'check_results', { topic_name: topic, sequence, ...record });
  database.run(
    'DELETE FROM check_results WHERE topic_name = ? AND sequence <= ?',
    topic,
    sequence - BigInt(MAX_KEPT_CHECKS),
  );
}
