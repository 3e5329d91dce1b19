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
import { type BatchCounts, fatesSum } from '../semantic/fates.ts';
import { type BatchKind, batchIdOf, type Intent } from '../semantic/intent.ts';
import type { ErasureCounts } from './erasure.ts';
import { haltedError, type TopicHalt } from './halt.ts';
import type { Lease, LeaseScope } from './lease.ts';

/** How far a topic's semantic table has come, what is under way, and its ledger. */
export interface Checkpoint {
  readonly topic: string;
  /** The last RAW snapshot whose rows are in; null before the first batch. */
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
  /** When a run last looked and found nothing new. */
  readonly checkedAt: Micros | null;
  readonly intent: Intent | null;
  readonly totals: Totals;
  /** null: the topic works. */
  readonly halt: TopicHalt | null;
  /** A person let through what this kind of work held: the next of it is not judged by its budget. */
  readonly accepted: LeaseScope['work'] | null;
}

/** A batch's end; what else the checkpoint needs stands in the stored intent. */
export interface BatchCompletion {
  readonly batchId: string;
  /** Iceberg sequence number of the intent's end snapshot. */
  readonly sequenceNumber: bigint;
  readonly counts: BatchCounts;
  /** Of the contract's table rules; empty where it has none. */
  readonly checks: readonly CheckResult[];
  /** Of a rebuild: rows that it took over from the generation before, for want of RAW rows. */
  readonly carried?: number;
  /**
   * Receptions among the batch's rows that were not counted before, from a home whose delivery makes copies and which
   * therefore can't count them on arrival.
   */
  readonly newReceptions?: number;
  /** Of a rebuild: whether those are all that RAW holds. */
  readonly countsAll?: boolean;
  /**
   * RAW rows that retention removed in snapshots of `(start, end]`, from a home where a table's swap and the state are two
   * writes: there they are counted by the write that passes over them.
   */
  readonly expired?: number;
  readonly completedAt: Micros;
}

/** The check results that one batch left. */
export interface BatchChecks {
  readonly batchId: string;
  /** Registered contract version whose rules were measured. */
  readonly contractVersion: number;
  readonly checkedAt: Micros;
  readonly results: readonly CheckResult[];
}

/** Check results of as many batches of a topic are kept: enough to see since when a rule fails. */
export const MAX_KEPT_CHECKS = 50;

/** What maintenance changes in a topic's checkpoint, in the same step as the tables. */
export interface LedgerChange {
  /** The RAW snapshot where the checkpoint stands from now on, all rows up to it being processed; null: it stays. */
  readonly checkpoint: { readonly snapshotId: bigint; readonly sequenceNumber: bigint } | null;
  /** Added to the totals. */
  readonly gone: Partial<GoneTotals>;
  /** Dead letters that leave the state; they stay in the totals. */
  readonly letterIds?: readonly string[];
  /** What the key's open erasure removed with it. */
  readonly erasure?: { readonly keyHash: string; readonly counts: Partial<ErasureCounts> };
  /** YYYY-MM-DD: the topic's daily figures before it leave the state. */
  readonly countersBefore?: string;
  /** Records of maintenance that ended before it leave the state. */
  readonly recordsBefore?: Micros;
}

/** 'already': this very batch was completed before; nothing was changed or counted again. */
export type CompletionAnswer = 'completed' | 'already';

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
 * What storing an intent makes of the checkpoint. Pure, so that every store decides alike. A rebuild derives the
 * table anew, so it may supersede whatever was under way; nothing else may. On a halted topic only what a person asks
 * for goes on: throws TOPIC_HALTED for an incremental batch.
 */
export function withIntent(checkpoint: Checkpoint, intent: Intent, lease: Lease): Checkpoint {
  invariant(
    lease.scope.work === 'semantic' && lease.scope.topic === intent.topic,
    'the lease covers the intent',
  );
  invariant(batchIdOf(intent) === intent.batchId, 'the batch id is the hash of the intent');
  if (checkpoint.halt !== null && intent.kind === 'incremental')
    throw haltedError(intent.topic, checkpoint.halt);
  const stored = checkpoint.intent;
  if (stored?.batchId === intent.batchId) {
    return { ...checkpoint, intent: { ...stored, fencingToken: lease.token } };
  }
  if (stored !== null && intent.kind !== 'rebuild') {
    throw conflict(intent.topic, `batch ${stored.batchId} is under way and must be finished first`);
  }
  if (intent.afterBatchId !== checkpoint.batchId || !continues(checkpoint, intent)) {
    throw conflict(intent.topic, `the intent (${intent.kind}) does not continue the stored checkpoint`);
  }
  return { ...checkpoint, intent: { ...intent, fencingToken: lease.token } };
}

/** What completing a batch makes of the checkpoint; null: this very batch was completed before. */
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
        // First what was gone before the batch read: a rebuild never saw it.
        addBatch(addGone(checkpoint.totals, { expired: completion.expired ?? 0 }), intent.kind, counts),
        { carried: completion.carried ?? 0 },
      ),
      intent.kind,
      completion,
    ),
    ...settledHalt(checkpoint, intent.kind),
  };
}

/** A batch that was let through is in; a rebuild takes in whatever a batch held. */
function settledHalt(
  { halt, accepted }: Checkpoint,
  kind: Intent['kind'],
): Pick<Checkpoint, 'halt' | 'accepted'> {
  const settles = kind !== 'redrive';
  return {
    halt: kind === 'rebuild' && halt?.work === 'semantic' ? null : halt,
    accepted: settles && accepted === 'semantic' ? null : accepted,
  };
}

/**
 * A rebuild that counts all that RAW still holds starts again from that; of what is gone, copies can't be told from receptions
 * any more, and each row is taken for one.
 */
function withReceptions(totals: Totals, kind: BatchKind, completion: BatchCompletion): Totals {
  const { newReceptions, countsAll = true } = completion;
  if (newReceptions === undefined) return totals;
  const { expired, erased } = totals.gone;
  return {
    ...totals,
    raw: newReceptions + (kind === 'rebuild' && countsAll ? expired + erased : totals.raw),
  };
}

/** What one commit of an ingest did beside its counts. */
export interface IntakeEffects {
  /** Messages of a replay: a person's own act, which a halt does not refuse. */
  readonly isReplay: boolean;
  /** The unit went beyond its budget. */
  readonly halt: TopicHalt | null;
  /** The source that was let through has ended. */
  readonly endsAcceptance: boolean;
}

/** What a commit of the ingest makes of the checkpoint. Throws TOPIC_HALTED. */
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

/** Whether a batch is held against its budget: rebuilds, redrives and what was let through are a person's own act. */
export function isJudged({ accepted }: Checkpoint, kind: Intent['kind']): boolean {
  return kind === 'incremental' && accepted !== 'semantic';
}

/** What halting makes of the checkpoint: a held batch is given up before it wrote, so its rows are backlog again. */
export function withHalt(checkpoint: Checkpoint, halt: TopicHalt, lease: Lease): Checkpoint {
  const { topic, work } = lease.scope;
  invariant(topic === checkpoint.topic && work === halt.work, 'the lease covers the work that is halted');
  const intent = work === 'semantic' ? null : checkpoint.intent;
  return { ...checkpoint, halt, intent, accepted: null };
}

/** What resuming makes of the checkpoint; null where the topic is not halted. */
export function withResume(checkpoint: Checkpoint, acceptNext: boolean): Checkpoint | null {
  const { halt } = checkpoint;
  return halt === null ? null : { ...checkpoint, halt: null, accepted: acceptNext ? halt.work : null };
}

/** What maintenance makes of the checkpoint. A batch under way reads RAW as it was, so it goes first. */
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

/** A rebuild may start over on a RAW table with another history, where old numbers mean nothing. */
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
