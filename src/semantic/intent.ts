import { createHash } from 'node:crypto';
import type { Micros } from '../base/time.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';

/** What each kind does: batch-form.ts. */
export type BatchKind = 'incremental' | 'rebuild' | 'redrive';

/** Which rejected rows a redrive processes again: every part that is not null must match. */
export interface RedriveSelection {
  readonly code: ErrorCode | null;
  readonly messageId: string | null;
}

/** The work of a batch. It is stored before the batch writes; a rerun finishes it and never recomputes its end. */
export interface Intent {
  /** `batchIdOf` of the rest. */
  readonly batchId: string;
  readonly kind: BatchKind;
  readonly topic: string;
  /** The batch reads RAW snapshots (start, end]; null: from the first on. */
  readonly startSnapshotId: bigint | null;
  readonly endSnapshotId: bigint;
  readonly generation: number;
  /** The registered version, from 1. */
  readonly contractVersion: number;
  readonly maskingKeyFingerprint: string | null;
  /** The batch before this one. Without it two redrives at one checkpoint would have the same id. */
  readonly afterBatchId: string | null;
  /** The selection of a batch that processes rejected rows; else null. */
  readonly selection: RedriveSelection | null;
  /** Of the lease under which the intent was stored or last resumed. */
  readonly fencingToken: bigint;
  readonly createdAt: Micros;
}

export type IntentScope = Omit<Intent, 'batchId' | 'fencingToken' | 'createdAt'>;

/** 32 hex digits over everything but the fencing token and the time, so every rerun of a batch has the same id. */
export function batchIdOf(scope: IntentScope): string {
  const parts = [
    scope.kind,
    scope.topic,
    scope.startSnapshotId === null ? null : scope.startSnapshotId.toString(),
    scope.endSnapshotId.toString(),
    scope.generation,
    scope.contractVersion,
    scope.maskingKeyFingerprint,
    scope.afterBatchId,
    ...(scope.selection === null ? [] : [scope.selection.code, scope.selection.messageId]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
