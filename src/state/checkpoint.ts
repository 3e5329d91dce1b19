import { NO_TOTALS, type Totals } from '../quality/ledger.ts';
import type { Micros } from '../raw/record.ts';
import type { BatchCounts } from '../semantic/fates.ts';
import type { Intent } from '../semantic/intent.ts';

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
  readonly completedAt: Micros;
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
  };
}
