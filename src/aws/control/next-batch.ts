import { versionToCome } from '../../engine/semantic/contract-verdict.ts';
import {
  nextIntent,
  type PlannedBatch,
  rebuildIntent,
  redriveIntent,
} from '../../engine/semantic/next-intent.ts';
import { rawTable } from '../../engine/semantic/tables.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { Lease } from '../../state/lease.ts';
import { withExpired } from '../expired-rows.ts';
import type { AwsHome } from '../home.ts';
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
export async function nextBatch(home: AwsHome, holder: Holder, request: BatchRequest): Promise<NextWork> {
  const { topic } = holder;
  const raw = await loadTable(home.files, home.catalog, rawTable(topic));
  const batch = raw === null ? null : await planned(home, leaseOf(holder), request, raw);
  if (raw === null || batch === null) {
    if (request.kind === 'redrive') return { outcome: 'nothing', result: 'NothingToRedrive' };
    await home.store.recordNothingNew([topic], home.clock());
    return { outcome: 'nothing', result: 'NoNewData' };
  }
  await writePlan(home, batch, raw.metadata);
  const { batchId, maskingKeyFingerprint } = batch.intent;
  return {
    outcome: 'batch',
    id: batchId,
    following: await followingOf(home, request, batch.intent),
    jobArguments: jobArguments(home.config, holder, batchId, maskingKeyFingerprint !== null),
  };
}

/**
 * A stored intent is finished first: its batch may be in the table already. Only a rebuild supersedes it, for it derives
 * the tables anew, whatever is in them; so it is the way out where a stored batch can't be finished.
 */
async function planned(
  home: AwsHome,
  lease: Lease,
  request: BatchRequest,
  raw: Table,
): Promise<PlannedBatch | null> {
  const checkpoint = await home.store.checkpoint(lease.scope.topic);
  const { intent } = checkpoint;
  switch (request.kind) {
    case 'rebuild': {
      const isOwn = intent?.kind === 'rebuild' && intent.fencingToken === lease.token;
      return isOwn
        ? nextIntent(home, lease, checkpoint, raw)
        : rebuildIntent(home, lease, withExpired(checkpoint, raw.metadata), raw, request.keep_unreachable);
    }
    case 'redrive':
      if (intent !== null) return nextIntent(home, lease, checkpoint, raw);
      if (!(await mayRedrive(home, checkpoint.topic))) return null;
      return redriveIntent(home, lease, checkpoint, request.redrive);
    case 'incremental':
      return nextIntent(home, lease, checkpoint, raw);
  }
}

/** Behind another run's batch a redrive is still to do; behind itself nothing is, for a schedule brings what is new. */
async function followingOf(home: AwsHome, request: BatchRequest, intent: Intent): Promise<Following> {
  if (request.kind !== 'redrive') return 'incremental';
  const { code, messageId } = request.redrive;
  const isAsked =
    intent.kind === 'redrive' &&
    intent.selection?.code === code &&
    intent.selection.messageId === messageId &&
    intent.contractVersion === (await versionToCome(home, intent.topic));
  return isAsked ? 'end' : 'redrive';
}
