import { hasWork, nextIntent, type PlannedBatch, rebuildIntent } from '../../engine/semantic/next-intent.ts';
import { rawTable } from '../../engine/semantic/tables.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import type { Lease } from '../../state/lease.ts';
import type { AwsHome } from '../home.ts';
import { writePlan } from './artifacts.ts';
import { jobArguments } from './job-arguments.ts';
import { type Holder, leaseOf, MICROS_PER_SECOND } from './lease.ts';

export type RunKind = 'incremental' | 'rebuild';

export type BatchAnswer =
  | { readonly outcome: 'no_new_data' }
  | {
      readonly outcome: 'batch';
      readonly batchId: string;
      /** As Glue takes them: every value a text. */
      readonly jobArguments: Readonly<Record<string, string>>;
    };

/**
 * What the execution is to do next, from stored facts and RAW's metadata alone. Nothing behind the checkpoint: noted,
 * and no job starts. Else the intent is stored before anything is written, and the plan lies where the job reads it. Asked
 * again it gives the same batch.
 */
export async function nextBatch(
  home: AwsHome,
  holder: Holder,
  kind: RunKind,
  leaseSeconds: number,
): Promise<BatchAnswer> {
  const lease = leaseOf(holder);
  const { topic } = holder;
  const ttl = BigInt(leaseSeconds) * MICROS_PER_SECOND;
  await home.store.renewLease(lease, ttl, home.clock());
  const raw = await loadTable(home.files, home.catalog, rawTable(topic));
  const batch = raw === null ? null : await planned(home, lease, kind, raw);
  if (batch === null) {
    await home.store.recordNothingNew([topic], home.clock());
    return { outcome: 'no_new_data' };
  }
  await writePlan(home, batch);
  return {
    outcome: 'batch',
    batchId: batch.intent.batchId,
    jobArguments: jobArguments(home.config, holder, batch),
  };
}

/** A stored intent is finished first, of whatever kind: its batch may be in the table already. */
async function planned(home: AwsHome, lease: Lease, kind: RunKind, raw: Table): Promise<PlannedBatch | null> {
  const checkpoint = await home.store.checkpoint(lease.scope.topic);
  if (checkpoint.intent === null && kind === 'rebuild')
    return rebuildIntent(home, lease, checkpoint, raw, false);
  return hasWork(checkpoint, raw) ? nextIntent(home, lease, checkpoint, raw) : null;
}
