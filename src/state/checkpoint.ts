import { invariant, LeanOpsError } from '../errors/error.ts';
import type { CheckResult } from '../quality/checks.ts';
import { addBatch, NO_TOTALS, type Totals } from '../quality/ledger.ts';
import type { Micros } from '../raw/record.ts';
import { type BatchCounts, fatesSum } from '../semantic/fates.ts';
import { batchIdOf, type Intent } from '../semantic/intent.ts';
import type { Lease } from './lease.ts';

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
}

/** A batch's end; what else the checkpoint needs stands in the stored intent. */
export interface BatchCompletion {
  readonly batchId: string;
  /** Iceberg sequence number of the intent's end snapshot. */
  readonly sequenceNumber: bigint;
  readonly counts: BatchCounts;
  /** Of the contract's table rules; empty where it has none. */
  readonly checks: readonly CheckResult[];
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
  };
}

/**
 * What storing an intent makes of the checkpoint. Pure, so that every store decides alike. A rebuild derives the
 * table anew, so it may supersede whatever was under way; nothing else may.
 */
export function withIntent(checkpoint: Checkpoint, intent: Intent, lease: Lease): Checkpoint {
  invariant(
    lease.scope.work === 'semantic' && lease.scope.topic === intent.topic,
    'the lease covers the intent',
  );
  invariant(batchIdOf(intent) === intent.batchId, 'the batch id is the hash of the intent');
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
    totals: addBatch(checkpoint.totals, intent.kind, counts),
  };
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
