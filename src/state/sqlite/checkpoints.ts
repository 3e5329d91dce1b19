import type { Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import type { BatchKind, Intent, RedriveSelection } from '../../semantic/intent.ts';
import { type Checkpoint, initialCheckpoint } from '../checkpoint.ts';
import type { TopicHalt } from '../halt.ts';
import type { Database } from './database.ts';
import { count, long, optionalLong, optionalText, type Row, text } from './row.ts';

const COLUMNS = [
  'topic_name',
  'snapshot_id',
  'sequence_number',
  'batch_id',
  'generation',
  'contract_version',
  'masking_key_fingerprint',
  'fencing_token',
  'completed_at',
  'checked_at',
  'intent',
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
  'gone',
  'halt',
  'accepted',
] as const;

const WRITE = `INSERT OR REPLACE INTO checkpoints (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

export function readCheckpoint(database: Database, topic: string): Checkpoint {
  const row = database.get('SELECT * FROM checkpoints WHERE topic_name = ?', topic);
  return row === null ? initialCheckpoint(topic) : fromRow(row);
}

export function readCheckpoints(database: Database): readonly Checkpoint[] {
  return database.all('SELECT * FROM checkpoints ORDER BY topic_name').map(fromRow);
}

/** Within a write transaction that read the checkpoint it replaces. */
export function writeCheckpoint(database: Database, checkpoint: Checkpoint): void {
  const { totals } = checkpoint;
  const { outcomes } = totals;
  database.run(
    WRITE,
    checkpoint.topic,
    checkpoint.snapshotId,
    checkpoint.sequenceNumber,
    checkpoint.batchId,
    checkpoint.generation,
    checkpoint.contractVersion,
    checkpoint.maskingKeyFingerprint,
    checkpoint.fencingToken,
    checkpoint.completedAt,
    checkpoint.checkedAt,
    checkpoint.intent === null ? null : intentToText(checkpoint.intent),
    totals.received,
    totals.raw,
    totals.deadLettered,
    outcomes.rawRows,
    outcomes.inserted,
    outcomes.updated,
    outcomes.duplicate,
    outcomes.superseded,
    outcomes.stale,
    outcomes.rejected,
    JSON.stringify(totals.gone),
    checkpoint.halt === null ? null : haltToText(checkpoint.halt),
    checkpoint.accepted,
  );
}

export function recordNothingNew(database: Database, topics: readonly string[], at: Micros): void {
  for (const topic of topics)
    writeCheckpoint(database, { ...readCheckpoint(database, topic), checkedAt: at });
}

/** The fates in a row of checkpoints or counters. */
export function outcomesOf(row: Row): BatchCounts {
  return {
    rawRows: count(row, 'raw_rows'),
    inserted: count(row, 'inserted'),
    updated: count(row, 'updated'),
    duplicate: count(row, 'duplicate'),
    superseded: count(row, 'superseded'),
    stale: count(row, 'stale'),
    rejected: count(row, 'rejected'),
  };
}

function fromRow(row: Row): Checkpoint {
  const version = optionalLong(row, 'contract_version');
  const intent = optionalText(row, 'intent');
  const halt = optionalText(row, 'halt');
  const accepted = optionalText(row, 'accepted');
  invariant(
    accepted === null || accepted === 'ingest' || accepted === 'semantic',
    `unknown kind of work ${accepted}`,
  );
  return {
    topic: text(row, 'topic_name'),
    snapshotId: optionalLong(row, 'snapshot_id'),
    sequenceNumber: long(row, 'sequence_number'),
    batchId: optionalText(row, 'batch_id'),
    generation: count(row, 'generation'),
    contractVersion: version === null ? null : Number(version),
    maskingKeyFingerprint: optionalText(row, 'masking_key_fingerprint'),
    fencingToken: long(row, 'fencing_token'),
    completedAt: optionalLong(row, 'completed_at'),
    checkedAt: optionalLong(row, 'checked_at'),
    intent: intent === null ? null : intentFromText(intent),
    totals: {
      received: count(row, 'received'),
      raw: count(row, 'raw'),
      deadLettered: count(row, 'dead_lettered'),
      outcomes: outcomesOf(row),
      gone: JSON.parse(text(row, 'gone')),
    },
    halt: halt === null ? null : haltFromText(halt),
    accepted,
  };
}

/** JSON holds no 64-bit integers, so they stand in it as text. */
interface StoredIntent {
  readonly batchId: string;
  readonly kind: BatchKind;
  readonly topic: string;
  readonly startSnapshotId: string | null;
  readonly endSnapshotId: string;
  readonly generation: number;
  readonly contractVersion: number;
  readonly maskingKeyFingerprint: string | null;
  readonly afterBatchId: string | null;
  readonly selection: RedriveSelection | null;
  readonly fencingToken: string;
  readonly createdAt: string;
}

function intentToText(intent: Intent): string {
  const stored: StoredIntent = {
    ...intent,
    startSnapshotId: intent.startSnapshotId === null ? null : intent.startSnapshotId.toString(),
    endSnapshotId: intent.endSnapshotId.toString(),
    fencingToken: intent.fencingToken.toString(),
    createdAt: intent.createdAt.toString(),
  };
  return JSON.stringify(stored);
}

function intentFromText(json: string): Intent {
  const stored: StoredIntent = JSON.parse(json);
  return {
    ...stored,
    startSnapshotId: stored.startSnapshotId === null ? null : BigInt(stored.startSnapshotId),
    endSnapshotId: BigInt(stored.endSnapshotId),
    fencingToken: BigInt(stored.fencingToken),
    createdAt: BigInt(stored.createdAt),
  };
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
