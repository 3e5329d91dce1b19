import { invariant } from '../../errors/error.ts';
import type { CheckResult } from '../../quality/rule-results.ts';
import { type BatchChecks, type BatchCompletion, type Checkpoint, MAX_KEPT_CHECKS } from '../checkpoint.ts';
import type { Database, Write } from './database.ts';
import { count, type Item, itemOf, long, text } from './item.ts';

/** As many outdated items go with one batch at most; there is one more each time. */
const MAX_DELETED = 10;

/** Sorted by the number of the checkpoint's write, for clocks may be set back. */
export function storeChecks(
  { topic, contractVersion }: Checkpoint,
  { batchId, checks, completedAt }: BatchCompletion,
  revision: bigint,
): readonly Write[] {
  if (checks.length === 0) return [];
  invariant(contractVersion !== null, 'a completed batch has a contract version');
  const item = itemOf({
    topic_name: hashOf(topic),
    date: revision.toString().padStart(20, '0'),
    batch_id: batchId,
    contract_version: contractVersion,
    checked_at: completedAt,
    results: JSON.stringify(checks),
  });
  return [{ kind: 'put', table: 'counters', item, condition: null }];
}

/** What goes when another batch's results come. */
export async function outdatedChecks(database: Database, topic: string): Promise<readonly Write[]> {
  const items = await Array.fromAsync(newestFirst(database, topic, MAX_KEPT_CHECKS + MAX_DELETED));
  return items.slice(MAX_KEPT_CHECKS - 1, MAX_KEPT_CHECKS - 1 + MAX_DELETED).map((item) => ({
    kind: 'delete',
    table: 'counters',
    key: { topic_name: hashOf(topic), date: text(item, 'date') },
    condition: null,
  }));
}

export async function readChecks(
  database: Database,
  topic: string,
  limit: number,
): Promise<readonly BatchChecks[]> {
  const most = Math.min(limit, MAX_KEPT_CHECKS);
  const found: BatchChecks[] = [];
  for await (const item of newestFirst(database, topic, most)) {
    if (found.length >= most) break;
    found.push(fromItem(item));
  }
  return found;
}

function newestFirst(database: Database, topic: string, pageSize: number): AsyncGenerator<Item> {
  const condition = { text: '#topic_name = :topic', values: { ':topic': hashOf(topic) } };
  return database.query('counters', { condition, descending: true, pageSize });
}

function hashOf(topic: string): string {
  return `${topic}#checks`;
}

function fromItem(item: Item): BatchChecks {
  const results: readonly CheckResult[] = JSON.parse(text(item, 'results'));
  return {
    batchId: text(item, 'batch_id'),
    contractVersion: count(item, 'contract_version'),
    checkedAt: long(item, 'checked_at'),
    results,
  };
}
