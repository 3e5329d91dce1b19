import { invariant } from '../../errors/error.ts';
import { type BatchChecks, type CheckResultStore, MAX_KEPT_CHECKS } from '../check-results.ts';
import type { BatchCompletion, Checkpoint } from '../checkpoint.ts';
import { BATCH_CHECKS } from '../codec/check-results.ts';
import type { Database, Write } from './database.ts';
import { fromItem, type Item, itemOf, text } from './item.ts';

/** One batch removes at most this many outdated items. Each batch adds one, so this keeps up. */
const MAX_DELETED = 10;

/** Results of table rules in DynamoDB. */
export function checkResultStore(database: Database): CheckResultStore {
  return {
    checkResults: async (topic, limit) => {
      const most = Math.min(limit, MAX_KEPT_CHECKS);
      const found: BatchChecks[] = [];
      for await (const item of newestFirst(database, topic, most)) {
        if (found.length >= most) break;
        found.push(fromItem(BATCH_CHECKS, 'counters', item));
      }
      return found;
    },
  };
}

/** Sorted by `revision`, the number of the checkpoint's write, because clocks may be set back. */
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
    ...BATCH_CHECKS.encode({ batchId, contractVersion, checkedAt: completedAt, results: checks }),
  });
  return [{ kind: 'put', table: 'counters', item, condition: null }];
}

/** Removes what exceeds MAX_KEPT_CHECKS once another batch's results are stored. */
export async function outdatedChecks(database: Database, topic: string): Promise<readonly Write[]> {
  const items = await Array.fromAsync(newestFirst(database, topic, MAX_KEPT_CHECKS + MAX_DELETED));
  return items.slice(MAX_KEPT_CHECKS - 1, MAX_KEPT_CHECKS - 1 + MAX_DELETED).map((item) => ({
    kind: 'delete',
    table: 'counters',
    key: { topic_name: hashOf(topic), date: text(item, 'date') },
    condition: null,
  }));
}

function newestFirst(database: Database, topic: string, pageSize: number): AsyncGenerator<Item> {
  const condition = { text: '#topic_name = :topic', values: { ':topic': hashOf(topic) } };
  return database.query('counters', { condition, descending: true, pageSize });
}

function hashOf(topic: string): string {
  return `${topic}#checks`;
}
