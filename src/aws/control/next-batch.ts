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

/** What the execution is to do next. */
export type NextWork =
  | {
      readonly outcome: 'nothing';
      /** As the execution says it in its output. */
      readonly result: 'NoNewData' | 'NothingToRedrive' | 'NothingToMaintain' | 'Maintained';
    }
  | {
      readonly outcome: 'batch';
      /** Of the plan, the outcome, and the batch's intent. */
      readonly id: string;
      /** With what the execution goes on behind it. */
      readonly following: Following;
      /** As Glue takes them: every value a text. */
      readonly jobArguments: Readonly<Record<string, string>>;
    };

/**
 * The next batch, from stored facts and metadata alone. Where there is none, no job starts. Else the intent is stored before
 * anything is written, and the plan lies where the job reads it. Asked again it gives the same batch.
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
    if (request.kind === 'redrive') return { outcome: 'nothing', result: 'NothingToRedrive' };
    await deployment.store.recordNothingNew([topic], deployment.clock());
    return { outcome: 'nothing', result: 'NoNewData' };
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
 * A stored intent is finished first: its batch may be in the table already. Only a rebuild supersedes it, for it derives
 * the tables anew, whatever is in them; so it is the way out where a stored batch can't be finished.
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
      const isOwn = intent?.kind === 'rebuild' && intent.fencingToken === lease.token;
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

/** Behind another run's batch a redrive is still to do; behind itself nothing is, for a schedule brings what is new. */
async function followingOf(
  deployment: AwsDeployment,
  request: BatchRequest,
  intent: Intent,
): Promise<Following> {
  if (request.kind !== 'redrive') return 'incremental';
  const { code, messageId } = request.redrive;
  const isAsked =
    intent.kind === 'redrive' &&
    intent.selection?.code === code &&
    intent.selection.messageId === messageId &&
    intent.contractVersion === (await versionToCome(deployment, intent.topic));
  return isAsked ? 'end' : 'redrive';
}
