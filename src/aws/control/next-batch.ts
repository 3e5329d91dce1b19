import { loadTable, type Table } from '../../iceberg/table.ts';
import {
  nextIntent,
  type PlannedBatch,
  rebuildIntent,
  redriveIntent,
} from '../../pipeline/batches/next-intent.ts';
import { rawTable } from '../../pipeline/batches/topic-tables.ts';
import { versionToCome } from '../../pipeline/contracts/contract-verdict.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { Lease } from '../../state/lease.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { withExpired } from '../figures/expired-rows.ts';
import { writePlan } from './artifacts.ts';
import { jobArguments } from './job-arguments.ts';
import { type Holder, leaseOf } from './lease.ts';
import { mayRedrive } from './may-redrive.ts';
import type { BatchRequest, Following } from './run-request.ts';

/** What the execution does next. */
export type NextWork =
  | {
      readonly outcome: 'nothing';
      /** The result in the execution's output. */
      readonly result: 'NoNewData' | 'NothingToRedrive' | 'NothingToMaintain' | 'Maintained';
    }
  | {
      readonly outcome: 'batch';
      /** Names the plan, the outcome, and the batch's intent. */
      readonly id: string;
      /** The next step of the execution after the batch. */
      readonly following: Following;
      /** Arguments for Glue, which accepts texts only. */
      readonly jobArguments: Readonly<Record<string, string>>;
    };

/** The outcome of an execution if there is no batch of the requested kind. */
const NOTHING: Readonly<Record<BatchRequest['kind'], 'NoNewData' | 'NothingToRedrive'>> = {
  incremental: 'NoNewData',
  rebuild: 'NoNewData',
  redrive: 'NothingToRedrive',
};

/**
 * The next batch, from stored facts and metadata alone. If there is none, no job starts. Else the intent is stored before
 * anything is written, and then the plan for the job. Called again, it returns the same batch.
 */
export async function nextBatch(
  deployment: AwsDeployment,
  holder: Holder,
  request: BatchRequest,
): Promise<NextWork> {
  const { topic } = holder;
  const raw = await loadTable(deployment.files, deployment.catalog, rawTable(topic));
  const batch = raw === null ? null : await planned(deployment, leaseOf(holder), request, raw);
  if (raw === null || batch === null) {
    const result = NOTHING[request.kind];
    if (result === 'NoNewData') await deployment.store.recordNothingNew([topic], deployment.clock());
    return { outcome: 'nothing', result };
  }
  await writePlan(deployment, batch, raw.metadata);
  const { batchId, maskingKeyFingerprint } = batch.intent;
  return {
    outcome: 'batch',
    id: batchId,
    following: await followingOf(deployment, request, batch.intent),
    jobArguments: jobArguments(deployment.config, holder, batchId, maskingKeyFingerprint !== null),
  };
}

/**
 * A stored intent is finished first, because its batch may be in the table already. Only a rebuild replaces it: it
 * derives the tables again, regardless of their content. So a rebuild is the remedy if a stored batch cannot be
 * finished.
 */
async function planned(
  deployment: AwsDeployment,
  lease: Lease,
  request: BatchRequest,
  raw: Table,
): Promise<PlannedBatch | null> {
  const checkpoint = await deployment.store.checkpoint(lease.scope.topic);
  const { intent } = checkpoint;
  switch (request.kind) {
    case 'rebuild': {
      const isOwn = intent?.kind === request.kind && intent.fencingToken === lease.token;
      return isOwn
        ? nextIntent(deployment, lease, checkpoint, raw)
        : rebuildIntent(
            deployment,
            lease,
            withExpired(checkpoint, raw.metadata),
            raw,
            request.keep_unreachable,
          );
    }
    case 'redrive':
      if (intent !== null) return nextIntent(deployment, lease, checkpoint, raw);
      if (!(await mayRedrive(deployment, checkpoint.topic))) return null;
      return redriveIntent(deployment, lease, checkpoint, request.redrive);
    case 'incremental':
      return nextIntent(deployment, lease, checkpoint, raw);
  }
}

/** After another run's batch the redrive is still to be done. After the redrive nothing is: schedules process new rows. */
async function followingOf(
  deployment: AwsDeployment,
  request: BatchRequest,
  intent: Intent,
): Promise<Following> {
  if (!('redrive' in request)) return 'incremental';
  const { code, messageId } = request.redrive;
  const isAsked =
    intent.kind === request.kind &&
    intent.selection?.code === code &&
    intent.selection.messageId === messageId &&
    intent.contractVersion === (await versionToCome(deployment, intent.topic));
  return isAsked ? 'end' : 'redrive';
}
