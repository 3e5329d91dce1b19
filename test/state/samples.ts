import { createHash } from 'node:crypto';
import type { CheckResult } from '../../src/quality/rule-results.ts';
import { type BatchCounts, NO_COUNTS } from '../../src/semantic/fates.ts';
import { batchIdOf, type Intent, type IntentScope } from '../../src/semantic/intent.ts';
import type { BatchCompletion, Checkpoint } from '../../src/state/checkpoint.ts';
import { type DeadLetterClosing, deadLetterId, type NewDeadLetter } from '../../src/state/dead-letter.ts';
import type { LeaseScope } from '../../src/state/lease.ts';

export const SECOND = 1_000_000n;
/** 2026-03-01T00:00:00Z. */
export const NOON = 1_772_323_200n * SECOND;
export const TTL = 60n * SECOND;

export const semantic = (topic: string): LeaseScope => ({ topic, work: 'semantic' });
export const ingest = (topic: string): LeaseScope => ({ topic, work: 'ingest' });

export const counts = (parts: Partial<BatchCounts>): BatchCounts => ({ ...NO_COUNTS, ...parts });

/** The end of a batch without rows; `parts` replace members. */
export function completionOf(batchId: string, parts: Partial<BatchCompletion> = {}): BatchCompletion {
  return { batchId, sequenceNumber: 1n, counts: counts({}), checks: [], completedAt: NOON, ...parts };
}

/** A result of the rule with that name. */
export function checkResult(rule: string, parts: Partial<CheckResult> = {}): CheckResult {
  return {
    rule,
    metric: 'nullValues',
    column: 'note',
    measured: 2,
    rows: 9,
    unit: 'rows',
    expected: 'at most 1 row',
    passed: false,
    reason: null,
    severity: 'warning',
    ...parts,
  };
}

export const CLOSING: DeadLetterClosing = { at: NOON, by: 'one', reason: null, repair: null };

/** The incremental intent that continues a checkpoint up to a snapshot; `parts` replace members. */
export function intentAfter(
  checkpoint: Checkpoint,
  endSnapshotId: bigint,
  parts: Partial<IntentScope> = {},
): Intent {
  const scope: IntentScope = {
    kind: 'incremental',
    topic: checkpoint.topic,
    startSnapshotId: checkpoint.snapshotId,
    endSnapshotId,
    generation: checkpoint.generation,
    contractVersion: 1,
    maskingKeyFingerprint: null,
    afterBatchId: checkpoint.batchId,
    selection: null,
    ...parts,
  };
  return { ...scope, batchId: batchIdOf(scope), fencingToken: 0n, createdAt: NOON };
}

export function letter(topic: string, source: string, parts: Partial<NewDeadLetter> = {}): NewDeadLetter {
  const bytes = Buffer.from(`{"broken": ${source}`);
  return {
    id: deadLetterId(topic, source),
    topic,
    source,
    messageId: null,
    correlationId: null,
    errorCode: 'MALFORMED_JSON',
    errorMessage: 'unexpected end',
    errorOffset: 11n,
    receiveCount: 1,
    firstReceivedAt: NOON,
    dlqSentAt: NOON,
    contractVersion: 1,
    bodySha256: createHash('sha256').update(bytes).digest('hex'),
    body: { kind: 'inline', bytes },
    ...parts,
  };
}
