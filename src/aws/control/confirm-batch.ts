import { LeanOpsError } from '../../errors/error.ts';
import { mainHistory } from '../../iceberg/history.ts';
import { snapshotById } from '../../iceberg/metadata.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { hasWork } from '../../pipeline/batches/next-intent.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import { budgetBreach } from '../../quality/budget.ts';
import { type CheckResult, judgeRule } from '../../quality/rule-results.ts';
import type { Intent } from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import { BATCH_ID, countLabel, LIVE_ROWS } from '../../semantic/snapshot-labels.ts';
import type { CompletionAnswer } from '../../state/checkpoint.ts';
import { haltedError } from '../../state/halt.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { expiredRows, expiriesBetween } from '../figures/expired-rows.ts';
import { BATCH_BUDGET, type JobOutcome, readBatchOutcome } from './artifacts.ts';
import { type Holder, leaseOf } from './lease.ts';
import { recordExpiries } from './retain-raw.ts';

export interface CompleteAnswer {
  readonly outcome: CompletionAnswer;
  readonly batch: JobOutcome;
  /** Whether RAW holds rows after the batch: the execution goes on with them. */
  readonly more: boolean;
}

/**
 * Moves the checkpoint to the end of a batch that the job committed, if the table's own history confirms the batch and the
 * lease and the stored intent are still this holder's. Called again after a lost answer, it returns 'already'. A batch that
 * exceeds its budget halts the topic instead. Throws JOB_FAILED, LEASE_LOST, CHECKPOINT_CONFLICT, TOPIC_HALTED.
 */
export async function confirmBatch(
  deployment: AwsDeployment,
  holder: Holder,
  batchId: string,
): Promise<CompleteAnswer> {
  const { topic } = holder;
  const batch = await readBatchOutcome(deployment, topic, batchId);
  if (batch.isOverBudget) throw await halted(deployment, holder, batchId, batch);
  const raw = await rawOf(deployment, topic);
  const { intent, snapshotId } = await deployment.store.checkpoint(topic);
  const outcome =
    intent?.batchId === batchId
      ? await complete(deployment, holder, { intent, snapshotId }, batch, raw)
      : 'already';
  const checkpoint = await deployment.store.checkpoint(topic);
  if (outcome === 'already' && checkpoint.batchId !== batchId) throw passedBy(topic, batchId);
  return { outcome, batch, more: checkpoint.halt === null && hasWork(checkpoint, raw) };
}

async function complete(
  deployment: AwsDeployment,
  holder: Holder,
  { intent, snapshotId }: { readonly intent: Intent; readonly snapshotId: bigint | null },
  batch: JobOutcome,
  raw: Table,
): Promise<CompletionAnswer> {
  await verify(deployment, intent, batch);
  const expiries = expiriesBetween(raw.metadata, snapshotId, intent.endSnapshotId);
  await recordExpiries(deployment, holder, expiries);
  return deployment.store.completeBatch(leaseOf(holder), {
    batchId: intent.batchId,
    sequenceNumber: snapshotById(raw.metadata, intent.endSnapshotId)['sequence-number'],
    counts: batch.counts,
    checks: await judge(deployment, intent, batch),
    newReceptions: batch.newReceptions,
    countsAll: batch.countsAll,
    expired: expiredRows(expiries),
    carried: batch.carried,
    completedAt: deployment.clock(),
  });
}

/** Halts the topic once, as in a workspace (src/pipeline/batches/judge-batch.ts). The rows stay backlog. */
async function halted(
  deployment: AwsDeployment,
  holder: Holder,
  batchId: string,
  { counts }: JobOutcome,
): Promise<LeanOpsError> {
  const { topic } = holder;
  const { intent, halt: before } = await deployment.store.checkpoint(topic);
  if (intent?.batchId !== batchId)
    return before === null ? passedBy(topic, batchId) : haltedError(topic, before);
  const breach = budgetBreach(BATCH_BUDGET, counts.rejected, counts.rawRows);
  if (breach === null) {
    return new LeanOpsError('JOB_FAILED', {
      operation: `ending a batch of ${topic}`,
      detail: `the job did not commit batch ${batchId}, although it is within its budget`,
    });
  }
  const halt = { work: 'semantic', ...breach, at: deployment.clock() } as const;
  await deployment.store.haltTopic(leaseOf(holder), halt);
  return haltedError(topic, halt);
}

async function judge(
  deployment: AwsDeployment,
  { topic, contractVersion }: Intent,
  { figures }: JobOutcome,
): Promise<readonly CheckResult[]> {
  const { rules } = planOf((await versionOf(deployment, topic, contractVersion)).topic);
  return rules.map((rule, index) =>
    judgeRule(rule, figures.get(index) ?? { unknown: 'it was not measured' }),
  );
}

/** Throws JOB_FAILED unless the table's history contains the batch, with the figures that the job reported. */
async function verify(
  deployment: AwsDeployment,
  { topic, batchId }: Intent,
  batch: JobOutcome,
): Promise<void> {
  const table = await loadTable(deployment.files, deployment.catalog, derivedTable(topic));
  const history = table === null ? [] : mainHistory(table.metadata);
  const snapshot = history.find(({ summary }) => summary[BATCH_ID] === batchId);
  const figures = [snapshot?.summary[countLabel('rawRows')], snapshot?.summary[LIVE_ROWS]];
  const reported = [batch.counts.rawRows, batch.liveRows].map(String);
  if (snapshot !== undefined && figures.join() === reported.join()) return;
  throw new LeanOpsError('JOB_FAILED', {
    operation: `ending a batch of ${topic}`,
    detail:
      snapshot === undefined
        ? `no snapshot of semantic.${topic} carries batch ${batchId}`
        : `the snapshot of batch ${batchId} has ${figures.join(' and ')} RAW and live rows, its outcome ${reported.join(' and ')}`,
  });
}

async function rawOf(deployment: AwsDeployment, topic: string): Promise<Table> {
  const raw = await loadTable(deployment.files, deployment.catalog, rawTable(topic));
  if (raw !== null) return raw;
  throw new LeanOpsError('RAW_HISTORY_CHANGED', {
    operation: `ending a batch of ${topic}`,
    detail: `the catalog no longer has a table raw.${topic}`,
    about: { topic },
  });
}

function passedBy(topic: string, batchId: string): LeanOpsError {
  return new LeanOpsError('CHECKPOINT_CONFLICT', {
    operation: `ending a batch of ${topic}`,
    detail: `batch ${batchId} is neither the current nor the last completed batch`,
  });
}
