import type { Micros } from '../base/time.ts';
import { invariant, LeanOpsError } from '../errors/error.ts';
import {
  addBatch,
  addGone,
  addIntake,
  type GoneTotals,
  type IntakeCounts,
  NO_TOTALS,
  type Totals,
} from '../quality/ledger.ts';
import type { CheckResult } from '../quality/rule-results.ts';
import { BATCH_FORMS, formOf } from '../semantic/batch-form.ts';
import { type BatchCounts, fatesSum } from '../semantic/fates.ts';
import { type BatchKind, batchIdOf, type Intent } from '../semantic/intent.ts';
import type { ErasureCounts } from './erasure.ts';
import { haltedError, type TopicHalt } from './halt.ts';
import type { Lease, LeaseScope } from './lease.ts';

/** How far a topic's semantic table has been processed, the batch under way, and the ledger. */
export interface Checkpoint {
  readonly topic: string;
  /** The last RAW snapshot whose rows are processed; null before the first batch. */
  readonly snapshotId: bigint | null;
  /** Iceberg sequence number of that snapshot; 0 before the first batch. */
  readonly sequenceNumber: bigint;
  readonly batchId: string | null;
  /** From 1; a rebuild opens the next. */
  readonly generation: number;
  /** Registered contract version of the last batch; null before the first. */
  readonly contractVersion: number | null;
  readonly maskingKeyFingerprint: string | null;
  /** Of the lease that wrote it; 0 before the first batch. */
  readonly fencingToken: bigint;
  readonly completedAt: Micros | null;
  /** When a run last found nothing new. */
  readonly checkedAt: Micros | null;
  readonly intent: Intent | null;
  readonly totals: Totals;
  /** null: the topic is not halted. */
  readonly halt: TopicHalt | null;
  /** A person accepted what this kind of work held: the next batch or unit is not judged by its budget. */
  readonly accepted: LeaseScope['work'] | null;
}

/** The end of a batch. The stored intent holds what else the checkpoint needs. */
export interface BatchCompletion {
  readonly batchId: string;
  /** Iceberg sequence number of the intent's end snapshot. */
  readonly sequenceNumber: bigint;
  readonly counts: BatchCounts;
  /** Of the contract's table rules; empty if it has none. */
  readonly checks: readonly CheckResult[];
  /** Of a rebuild: rows carried over from the previous generation, because they are no longer in RAW. */
  readonly carried?: number;
  /**
   * Receptions among the batch's rows that were not counted before. Only AWS sets it: delivery there makes copies, so
   * receptions cannot be counted on arrival.
   */
  readonly newReceptions?: number;
  /** Of a rebuild: whether `newReceptions` are all that RAW holds. */
  readonly countsAll?: boolean;
  /**
   * RAW rows that retention removed in snapshots of `(start, end]`. Only AWS sets it: there a table's swap and the state
   * are two writes, so the batch that passes these snapshots counts the rows.
   */
  readonly expired?: number;
  readonly completedAt: Micros;
}

/** What maintenance changes in a topic's state, in the same step as the tables. */
export interface LedgerChange {
  /** The checkpoint's new RAW snapshot, up to which all rows are processed; null: it does not move. */
  readonly checkpoint: { readonly snapshotId: bigint; readonly sequenceNumber: bigint } | null;
  /** Added to the totals. */
  readonly gone: Partial<GoneTotals>;
  /** Dead letters that leave the state; they stay in the totals. */
  readonly letterIds?: readonly string[];
  /** What this step removed for the key's open erasure. */
  readonly erasure?: { readonly keyHash: string; readonly counts: Partial<ErasureCounts> };
  /** YYYY-MM-DD: the topic's daily figures before it leave the state. */
  readonly countersBefore?: string;
  /** Records of maintenance that ended before it leave the state. */
  readonly recordsBefore?: Micros;
}

/** 'already': this batch was completed before; nothing was changed or counted again. */
export type CompletionAnswer = 'completed' | 'already';

/** Checkpoints, the ledger's totals in them, and halts. */
export interface CheckpointStore {
  /** The initial checkpoint if the topic has none yet. */
  checkpoint(topic: string): Promise<Checkpoint>;
  /** Every stored checkpoint, by topic. */
  checkpoints(): Promise<readonly Checkpoint[]>;
  /**
   * Stores what a batch is about to do. Returns it with this lease's token and, if the same batch id was stored before,
   * with its first time. A rebuild supersedes a stored intent. Any other intent that differs from the stored one, or
   * that does not start at the checkpoint, is a CHECKPOINT_CONFLICT.
   */
  storeIntent(lease: Lease, intent: Intent): Promise<Intent>;
  /**
   * Moves the checkpoint to the stored intent's end, adds its counts to totals and day, keeps its check results, and
   * clears the intent.
   */
  completeBatch(lease: Lease, completion: BatchCompletion): Promise<CompletionAnswer>;
  /** Records that these topics had nothing new. Needs no lease because it moves nothing. */
  recordNothingNew(topics: readonly string[], at: Micros): Promise<void>;
  /**
   * Stops the topic until it is resumed. A semantic halt discards the stored intent, so its rows become backlog again.
   * The lease is of the work that exceeded its budget. From then on `storeIntent` refuses incremental batches.
   */
  haltTopic(lease: Lease, halt: TopicHalt): Promise<void>;
  /** With `acceptNext` the held work passes once without a budget. Returns the halt that ended; null if there was none. */
  resumeTopic(topic: string, acceptNext: boolean): Promise<TopicHalt | null>;
}

/** The checkpoint of a topic before its first batch. */
export function initialCheckpoint(topic: string): Checkpoint {
  return {
    topic,
    snapshotId: null,
    sequenceNumber: 0n,
    batchId: null,
    generation: 1,
    contractVersion: null,
    maskingKeyFingerprint: null,
    fencingToken: 0n,
    completedAt: null,
    checkedAt: null,
    intent: null,
    totals: NO_TOTALS,
    halt: null,
    accepted: null,
  };
}

/**
 * The checkpoint after an intent is stored. Pure, so every store decides in the same way. Only a rebuild may supersede
 * a stored intent, because it derives the table again. On a halted topic only batches that a person asks for may start:
 * throws TOPIC_HALTED for an incremental batch, CHECKPOINT_CONFLICT if the intent does not continue the checkpoint.
 */
export function withIntent(checkpoint: Checkpoint, intent: Intent, lease: Lease): Checkpoint {
  invariant(
    lease.scope.work === 'semantic' && lease.scope.topic === intent.topic,
    'the lease covers the intent',
  );
  invariant(batchIdOf(intent) === intent.batchId, 'the batch id is the hash of the intent');
  if (checkpoint.halt !== null && !formOf(intent).isRequested)
    throw haltedError(intent.topic, checkpoint.halt);
  const stored = checkpoint.intent;
  if (stored?.batchId === intent.batchId) {
    return { ...checkpoint, intent: { ...stored, fencingToken: lease.token } };
  }
  if (stored !== null && !formOf(intent).supersedes) {
    throw conflict(intent.topic, `batch ${stored.batchId} is under way and must be finished first`);
  }
  if (intent.afterBatchId !== checkpoint.batchId || !continues(checkpoint, intent)) {
    throw conflict(intent.topic, `the intent (${intent.kind}) does not continue the stored checkpoint`);
  }
  return { ...checkpoint, intent: { ...intent, fencingToken: lease.token } };
}

/**
 * The checkpoint after a batch is completed; null if this batch was completed before. Throws CHECKPOINT_CONFLICT if it
 * is not the batch under way.
 */
export function withCompletion(
  checkpoint: Checkpoint,
  completion: BatchCompletion,
  lease: Lease,
): Checkpoint | null {
  invariant(
    lease.scope.work === 'semantic' && lease.scope.topic === checkpoint.topic,
    'the lease covers the batch',
  );
  const intent = checkpoint.intent;
  if (checkpoint.batchId === completion.batchId && intent?.batchId !== completion.batchId) return null;
  if (intent === null || intent.batchId !== completion.batchId) {
    throw conflict(
      checkpoint.topic,
      `batch ${completion.batchId} is not the one under way (${intent?.batchId ?? 'none'})`,
    );
  }
  const { counts } = completion;
  invariant(counts.rawRows === fatesSum(counts), 'every RAW row of a batch has exactly one fate');
  if (!movesForward(checkpoint, intent, completion.sequenceNumber)) {
    throw conflict(
      checkpoint.topic,
      `RAW sequence number ${completion.sequenceNumber} does not follow ${checkpoint.sequenceNumber}`,
    );
  }
  return {
    ...checkpoint,
    snapshotId: intent.endSnapshotId,
    sequenceNumber: completion.sequenceNumber,
    batchId: intent.batchId,
    generation: intent.generation,
    contractVersion: intent.contractVersion,
    maskingKeyFingerprint: intent.maskingKeyFingerprint,
    fencingToken: lease.token,
    completedAt: completion.completedAt,
    intent: null,
    totals: withReceptions(
      addGone(
        // Rows that were gone before the batch read come first, because a rebuild never saw them.
        addBatch(addGone(checkpoint.totals, { expired: completion.expired ?? 0 }), intent.kind, counts),
        { carried: completion.carried ?? 0 },
      ),
      intent.kind,
      completion,
    ),
    ...settledHalt(checkpoint, intent.kind),
  };
}

/** The accepted batch is processed; a rebuild also processes what a halted batch held. */
function settledHalt(
  { halt, accepted }: Checkpoint,
  kind: Intent['kind'],
): Pick<Checkpoint, 'halt' | 'accepted'> {
  const { settles } = BATCH_FORMS[kind];
  return {
    halt: settles === 'halt' && halt?.work === 'semantic' ? null : halt,
    accepted: settles !== 'nothing' && accepted === 'semantic' ? null : accepted,
  };
}

/**
 * A rebuild that counts all that RAW still holds starts again from that number. Among rows that are gone, copies can no
 * longer be distinguished from receptions, so each row counts as one.
 */
function withReceptions(totals: Totals, kind: BatchKind, completion: BatchCompletion): Totals {
  const { newReceptions, countsAll = true } = completion;
  if (newReceptions === undefined) return totals;
  const { expired, erased } = totals.gone;
  return {
    ...totals,
    raw:
      newReceptions + (BATCH_FORMS[kind].startsFrom === 'empty' && countsAll ? expired + erased : totals.raw),
  };
}

/** What one commit of an ingest does besides adding its counts. */
export interface IntakeEffects {
  /** A replay is a person's decision, so a halt does not refuse it. */
  readonly isReplay: boolean;
  /** Set if the unit exceeded its budget. */
  readonly halt: TopicHalt | null;
  /** The accepted source has ended. */
  readonly endsAcceptance: boolean;
}

/** The checkpoint after a commit of the ingest. Throws TOPIC_HALTED. */
export function withIntake(checkpoint: Checkpoint, counts: IntakeCounts, effects: IntakeEffects): Checkpoint {
  if (checkpoint.halt !== null && !effects.isReplay) throw haltedError(checkpoint.topic, checkpoint.halt);
  const accepted = effects.endsAcceptance && checkpoint.accepted === 'ingest' ? null : checkpoint.accepted;
  return {
    ...checkpoint,
    totals: addIntake(checkpoint.totals, counts),
    halt: effects.halt ?? checkpoint.halt,
    accepted,
  };
}

/** Whether a batch is judged by its budget. Rebuilds, redrives and accepted batches are a person's decision. */
export function isJudged({ accepted }: Checkpoint, kind: Intent['kind']): boolean {
  return !BATCH_FORMS[kind].isRequested && accepted !== 'semantic';
}

/** The checkpoint after a halt. A halted batch has not written yet, so its intent goes and its rows are backlog again. */
export function withHalt(checkpoint: Checkpoint, halt: TopicHalt, lease: Lease): Checkpoint {
  const { topic, work } = lease.scope;
  invariant(topic === checkpoint.topic && work === halt.work, 'the lease covers the work that is halted');
  const intent = work === 'semantic' ? null : checkpoint.intent;
  return { ...checkpoint, halt, intent, accepted: null };
}

/** The checkpoint after a resume; null if the topic is not halted. */
export function withResume(checkpoint: Checkpoint, acceptNext: boolean): Checkpoint | null {
  const { halt } = checkpoint;
  return halt === null ? null : { ...checkpoint, halt: null, accepted: acceptNext ? halt.work : null };
}

/**
 * The checkpoint after maintenance. Throws CHECKPOINT_CONFLICT if RAW changes while a batch is under way, because that
 * batch still reads RAW as it was.
 */
export function withMaintenance(checkpoint: Checkpoint, change: LedgerChange, lease: Lease): Checkpoint {
  invariant(
    lease.scope.work === 'semantic' && lease.scope.topic === checkpoint.topic,
    'the lease covers the checkpoint',
  );
  const { intent } = checkpoint;
  const to = change.checkpoint;
  const touchesRaw = to !== null || (change.gone.expired ?? 0) + (change.gone.erased ?? 0) > 0;
  if (intent !== null && touchesRaw) {
    throw conflict(checkpoint.topic, `batch ${intent.batchId} is under way and must be finished first`);
  }
  if (to !== null && to.sequenceNumber <= checkpoint.sequenceNumber) {
    throw conflict(
      checkpoint.topic,
      `RAW sequence number ${to.sequenceNumber} does not follow ${checkpoint.sequenceNumber}`,
    );
  }
  return { ...checkpoint, ...(to ?? {}), totals: addGone(checkpoint.totals, change.gone) };
}

function continues(checkpoint: Checkpoint, intent: Intent): boolean {
  switch (intent.kind) {
    case 'incremental':
      return intent.generation === checkpoint.generation && intent.startSnapshotId === checkpoint.snapshotId;
    case 'redrive':
      return intent.generation === checkpoint.generation && intent.endSnapshotId === checkpoint.snapshotId;
    case 'rebuild':
      return intent.generation === checkpoint.generation + 1;
  }
}

/** A rebuild may start on a RAW table with another history, in which the old numbers have no meaning. */
function movesForward(checkpoint: Checkpoint, intent: Intent, sequenceNumber: bigint): boolean {
  switch (intent.kind) {
    case 'incremental':
      return sequenceNumber > checkpoint.sequenceNumber;
    case 'redrive':
      return sequenceNumber === checkpoint.sequenceNumber;
    case 'rebuild':
      return sequenceNumber > 0n;
  }
}

function conflict(topic: string, detail: string): LeanOpsError {
  return new LeanOpsError('CHECKPOINT_CONFLICT', { operation: `moving the checkpoint of ${topic}`, detail });
}
