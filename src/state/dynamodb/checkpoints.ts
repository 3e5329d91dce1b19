import type { Micros } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Totals } from '../../quality/ledger.ts';
import { isBatchKind } from '../../semantic/batch-form.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import type { BatchKind, Intent } from '../../semantic/intent.ts';
import { type Checkpoint, initialCheckpoint } from '../checkpoint.ts';
import type { TopicHalt } from '../halt.ts';
import type { Lease } from '../lease.ts';
import type { Database, Expression, Write } from './database.ts';
import {
  count,
  type Item,
  itemOf,
  long,
  nested,
  optionalCount,
  optionalLong,
  optionalText,
  text,
} from './item.ts';
import { leaseCheck, requireLease } from './leases.ts';

/** A checkpoint moves a few times a minute at most; whoever loses this often is not racing but stuck. */
const MAX_RACES = 10;

/** What a change makes of a checkpoint, and what is written with it; null: nothing is to be written. */
export interface Move<T> {
  readonly next: Checkpoint | null;
  /** `revision` counts the checkpoint's writes: this one's number. */
  readonly beside?: (revision: bigint) => readonly Write[];
  readonly answer: T;
}

export async function readCheckpoint(database: Database, topic: string): Promise<Checkpoint> {
  const item = await database.get('checkpoints', { topic_name: topic });
  return item === null ? initialCheckpoint(topic) : fromItem(item);
}

export async function readCheckpoints(database: Database): Promise<readonly Checkpoint[]> {
  const checkpoints = await Array.fromAsync(database.scan('checkpoints'), fromItem);
  return checkpoints.sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

/**
 * Reads the checkpoint, lets `change` decide, and writes only if nobody else has written since; else all over again.
 * With a lease the same transaction refuses a stale holder.
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
    const { next, beside, answer } = change(item === null ? initialCheckpoint(topic) : fromItem(item));
    if (next === null) return answer;
    const before = item === null ? 0n : long(item, 'revision');
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

export async function recordNothingNew(database: Database, topic: string, at: Micros): Promise<void> {
  await moveCheckpoint(database, topic, null, (checkpoint) => ({
    next: { ...checkpoint, checkedAt: at },
    answer: null,
  }));
}

/** `revision`: of the item that it replaces; 0 for none. */
function putCheckpoint(checkpoint: Checkpoint, revision: bigint): Write {
  const condition: Expression =
    revision === 0n
      ? { text: 'attribute_not_exists(#topic_name)' }
      : { text: '#revision = :revision', values: { ':revision': revision } };
  const item = itemOf({
    topic_name: checkpoint.topic,
    revision: revision + 1n,
    snapshot_id: checkpoint.snapshotId,
    sequence_number: checkpoint.sequenceNumber,
    batch_id: checkpoint.batchId,
    generation: checkpoint.generation,
    contract_version: checkpoint.contractVersion,
    masking_key_fingerprint: checkpoint.maskingKeyFingerprint,
    fencing_token: checkpoint.fencingToken,
    completed_at: checkpoint.completedAt,
    checked_at: checkpoint.checkedAt,
    intent: checkpoint.intent === null ? null : fieldsOfIntent(checkpoint.intent),
    ...fieldsOfTotals(checkpoint.totals),
    halt: checkpoint.halt === null ? null : haltToText(checkpoint.halt),
    accepted: checkpoint.accepted,
  });
  return { kind: 'put', table: 'checkpoints', item, condition };
}

function fieldsOfTotals({ received, raw, deadLettered, outcomes, gone }: Totals) {
  const text = JSON.stringify(gone);
  return { received, raw, dead_lettered: deadLettered, ...fieldsOfOutcomes(outcomes), gone: text };
}

/** The attributes of a batch's fates, in checkpoints and counters. */
export function fieldsOfOutcomes(outcomes: BatchCounts) {
  const { rawRows, inserted, updated, duplicate, superseded, stale, rejected } = outcomes;
  return { raw_rows: rawRows, inserted, updated, duplicate, superseded, stale, rejected };
}

function fieldsOfIntent(intent: Intent) {
  return {
    batch_id: intent.batchId,
    kind: intent.kind,
    topic: intent.topic,
    start_snapshot_id: intent.startSnapshotId,
    end_snapshot_id: intent.endSnapshotId,
    generation: intent.generation,
    contract_version: intent.contractVersion,
    masking_key_fingerprint: intent.maskingKeyFingerprint,
    after_batch_id: intent.afterBatchId,
    selection: intent.selection === null ? null : JSON.stringify(intent.selection),
    fencing_token: intent.fencingToken,
    created_at: intent.createdAt,
  };
}

function fromItem(item: Item): Checkpoint {
  const halt = optionalText(item, 'halt');
  const accepted = optionalText(item, 'accepted');
  invariant(
    accepted === null || accepted === 'ingest' || accepted === 'semantic',
    `unknown kind of work ${accepted}`,
  );
  return {
    topic: text(item, 'topic_name'),
    snapshotId: optionalLong(item, 'snapshot_id'),
    sequenceNumber: long(item, 'sequence_number'),
    batchId: optionalText(item, 'batch_id'),
    generation: count(item, 'generation'),
    contractVersion: optionalCount(item, 'contract_version'),
    maskingKeyFingerprint: optionalText(item, 'masking_key_fingerprint'),
    fencingToken: long(item, 'fencing_token'),
    completedAt: optionalLong(item, 'completed_at'),
    checkedAt: optionalLong(item, 'checked_at'),
    intent: item.intent === undefined ? null : intentFromItem(nested(item, 'intent')),
    totals: {
      received: count(item, 'received'),
      raw: count(item, 'raw'),
      deadLettered: count(item, 'dead_lettered'),
      outcomes: outcomesOf(item),
      gone: JSON.parse(text(item, 'gone')),
    },
    halt: halt === null ? null : haltFromText(halt),
    accepted,
  };
}

function outcomesOf(item: Item): BatchCounts {
  return {
    rawRows: count(item, 'raw_rows'),
    inserted: count(item, 'inserted'),
    updated: count(item, 'updated'),
    duplicate: count(item, 'duplicate'),
    superseded: count(item, 'superseded'),
    stale: count(item, 'stale'),
    rejected: count(item, 'rejected'),
  };
}

function intentFromItem(item: Item): Intent {
  const selection = optionalText(item, 'selection');
  return {
    batchId: text(item, 'batch_id'),
    kind: kindOf(text(item, 'kind')),
    topic: text(item, 'topic'),
    startSnapshotId: optionalLong(item, 'start_snapshot_id'),
    endSnapshotId: long(item, 'end_snapshot_id'),
    generation: count(item, 'generation'),
    contractVersion: count(item, 'contract_version'),
    maskingKeyFingerprint: optionalText(item, 'masking_key_fingerprint'),
    afterBatchId: optionalText(item, 'after_batch_id'),
    selection: selection === null ? null : JSON.parse(selection),
    fencingToken: long(item, 'fencing_token'),
    createdAt: long(item, 'created_at'),
  };
}

function kindOf(kind: string): BatchKind {
  invariant(isBatchKind(kind), `unknown kind of batch ${kind}`);
  return kind;
}

type StoredHalt = Omit<TopicHalt, 'at'> & { readonly at: string };

function haltToText(halt: TopicHalt): string {
  const stored: StoredHalt = { ...halt, at: halt.at.toString() };
  return JSON.stringify(stored);
}

function haltFromText(json: string): TopicHalt {
  const stored: StoredHalt = JSON.parse(json);
  return { ...stored, at: BigInt(stored.at) };
}
