import { LeanOpsError } from '../../errors/error.ts';
import { type Checkpoint, initialCheckpoint } from '../checkpoint.ts';
import { CHECKPOINT_ITEM } from '../codec/checkpoint.ts';
import { REVISION } from '../codec/revision.ts';
import type { Lease } from '../lease.ts';
import type { Database, Expression, Write } from './database.ts';
import { fromItem, type Item, itemOf } from './item.ts';
import { leaseCheck, requireLease } from './leases.ts';

/** A checkpoint moves a few times a minute at most, so a caller that loses this often is not racing but stuck. */
const MAX_RACES = 10;

/** The new checkpoint of a change, and what is written with it; null: nothing is written. */
interface Move<T> {
  readonly next: Checkpoint | null;
  /** `revision` is the number of this write among the checkpoint's writes. */
  readonly beside?: (revision: bigint) => readonly Write[];
  readonly answer: T;
}

/** The initial checkpoint if the topic has none. */
export async function readCheckpoint(database: Database, topic: string): Promise<Checkpoint> {
  return checkpointOf(topic, await database.get('checkpoints', { topic_name: topic }));
}

/** Every stored checkpoint, by topic. */
export async function readCheckpoints(database: Database): Promise<readonly Checkpoint[]> {
  const checkpoints = await Array.fromAsync(database.scan('checkpoints'), (item) =>
    fromItem(CHECKPOINT_ITEM, 'checkpoints', item),
  );
  return checkpoints.sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

/**
 * Reads the checkpoint, applies `change`, and writes only if nobody else has written since; otherwise it starts again.
 * With a lease the same transaction refuses a stale holder: LEASE_LOST. Throws CHECKPOINT_CONFLICT after MAX_RACES.
 */
export async function moveCheckpoint<T>(
  database: Database,
  topic: string,
  lease: Lease | null,
  change: (checkpoint: Checkpoint) => Move<T>,
): Promise<T> {
  for (let race = 0; race < MAX_RACES; race++) {
    if (lease !== null) await requireLease(database, lease);
    const item = await database.get('checkpoints', { topic_name: topic });
    const { next, beside, answer } = change(checkpointOf(topic, item));
    if (next === null) return answer;
    const before = item === null ? 0n : fromItem(REVISION, 'checkpoints', item);
    const guards = lease === null ? [] : [leaseCheck(lease)];
    const others = beside?.(before + 1n) ?? [];
    const written = await database.transact([putCheckpoint(next, before), ...guards, ...others]);
    if (written.kind === 'done') return answer;
  }
  throw new LeanOpsError('CHECKPOINT_CONFLICT', {
    operation: `moving the checkpoint of ${topic}`,
    detail: `others moved it ${MAX_RACES} times meanwhile`,
  });
}

function checkpointOf(topic: string, item: Item | null): Checkpoint {
  return item === null ? initialCheckpoint(topic) : fromItem(CHECKPOINT_ITEM, 'checkpoints', item);
}

/** `revision` is that of the item to be replaced; 0 if there is none. */
function putCheckpoint(checkpoint: Checkpoint, revision: bigint): Write {
  const condition: Expression =
    revision === 0n
      ? { text: 'attribute_not_exists(#topic_name)' }
      : { text: '#revision = :revision', values: { ':revision': revision } };
  const item = itemOf({ ...CHECKPOINT_ITEM.encode(checkpoint), revision: revision + 1n });
  return { kind: 'put', table: 'checkpoints', item, condition };
}
