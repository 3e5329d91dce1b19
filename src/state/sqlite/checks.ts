import { invariant } from '../../errors/error.ts';
import type { CheckResult } from '../../quality/rule-results.ts';
import { type BatchChecks, type BatchCompletion, type Checkpoint, MAX_KEPT_CHECKS } from '../checkpoint.ts';
import type { Database } from './database.ts';
import { count, long, type Row, text } from './row.ts';

/** Within the transaction that completes the batch. Batches are told apart by order, for clocks may be set back. */
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
  database.run(
    'INSERT INTO check_results VALUES (?, ?, ?, ?, ?, ?)',
    topic,
    sequence,
    batchId,
    contractVersion,
    completedAt,
    JSON.stringify(checks),
  );
  database.run(
    'DELETE FROM check_results WHERE topic_name = ? AND sequence <= ?',
    topic,
    sequence - BigInt(MAX_KEPT_CHECKS),
  );
}

export function readChecks(database: Database, topic: string, limit: number): readonly BatchChecks[] {
  return database
    .all('SELECT * FROM check_results WHERE topic_name = ? ORDER BY sequence DESC LIMIT ?', topic, limit)
    .map(fromRow);
}

function fromRow(row: Row): BatchChecks {
  const results: readonly CheckResult[] = JSON.parse(text(row, 'results'));
  return {
    batchId: text(row, 'batch_id'),
    contractVersion: count(row, 'contract_version'),
    checkedAt: long(row, 'checked_at'),
    results,
  };
}
