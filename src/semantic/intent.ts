import { createHash } from 'node:crypto';
import type { Micros } from '../raw/record.ts';

export type BatchKind = 'incremental' | 'rebuild' | 'redrive';

/** What a batch will do, stored before it writes anything; a rerun finishes it and never recomputes its end. */
export interface Intent {
  /** `batchIdOf` of the rest. */
  readonly batchId: string;
  readonly kind: BatchKind;
  readonly topic: string;
  /** RAW snapshots (start, end] are read; null: from the first on. */
  readonly startSnapshotId: bigint | null;
  readonly endSnapshotId: bigint;
  readonly generation: number;
  /** The registered version, from 1. */
  readonly contractVersion: number;
  readonly maskingKeyFingerprint: string | null;
  /** The batch before this one: without it two redrives at one checkpoint would share an id. */
  readonly afterBatchId: string | null;
  /** Of the lease under which the intent was stored or last taken up. */
  readonly fencingToken: bigint;
  readonly createdAt: Micros;
}

export type IntentScope = Omit<Intent, 'batchId' | 'fencingToken' | 'createdAt'>;

/** 32 hex digits over all but the fencing token and the time: every rerun of one piece of work has the same id. */
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
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
