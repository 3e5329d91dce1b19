import { retryOnConflict } from '../../base/retry.ts';
import { newSnapshotId } from '../../base/snapshot-id.ts';
import { MICROS_PER_DAY, MICROS_PER_MS, type Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { tableName } from '../../iceberg/catalog.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { prepareFileSwap } from '../../iceberg/file-swap.ts';
import { ancestors } from '../../iceberg/history.ts';
import { currentSnapshot, type Snapshot } from '../../iceberg/metadata.ts';
import { snapshotCounter } from '../../iceberg/snapshot-counters.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { rawTable } from '../../pipeline/batches/topic-tables.ts';
import { expiredFiles } from '../../pipeline/maintenance/expired-files.ts';
import { keepRawSince } from '../../pipeline/maintenance/keep-raw-since.ts';
import { movedCheckpoint } from '../../pipeline/maintenance/moved-checkpoint.ts';
import { FENCING_TOKEN, MAINTENANCE } from '../../semantic/snapshot-labels.ts';
import type { MaintenanceEntry } from '../../state/maintenance.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { EXPIRE_ROWS, expiredRows, expiriesBetween } from '../figures/expired-rows.ts';
import { type Holder, leaseOf, renew } from './lease.ts';

/**
 * Rows stay at least 15 days, whatever the contract says. Duplicates of a reception can arrive for so long: 14 days from
 * the queue, and one from the stream. They can be recognized only while the first copy is still in RAW (semantic_job.py,
 * receptions).
 */
const COPIES_MICROS = 15n * MICROS_PER_DAY;

/**
 * Removes RAW's files of whole days that the contract's retention no longer keeps, in one snapshot between appends of
 * Firehose. Returns whether this lease removed any; called again, it returns the same. It may be killed at any instant,
 * because RAW's history shows what was done. Throws COMMIT_CONFLICT, LEASE_LOST, RAW_HISTORY_CHANGED.
 */
export async function retainRaw(
  deployment: AwsDeployment,
  holder: Holder,
  leaseSeconds: number,
): Promise<boolean> {
  const asked = await keepRawSince(deployment, holder.topic);
  if (asked !== null) {
    const latest = deployment.clock() - COPIES_MICROS;
    const keepSince = asked < latest ? asked : latest;
    await retryOnConflict(removing(holder.topic), () =>
      removeFiles(deployment, holder, keepSince, leaseSeconds),
    );
  }
  const raw = await loadTable(deployment.files, deployment.catalog, rawTable(holder.topic));
  const head = raw === null ? null : currentSnapshot(raw.metadata);
  if (raw === null || head === null) return false;
  await settle(deployment, holder, raw, head);
  return ancestors(raw.metadata, head['snapshot-id']).some(
    ({ summary }) =>
      summary[MAINTENANCE] === EXPIRE_ROWS && summary[FENCING_TOKEN] === `${holder.fencingToken}`,
  );
}

/** Throws COMMIT_CONFLICT if another writer moved the table meanwhile. */
async function removeFiles(
  deployment: AwsDeployment,
  holder: Holder,
  keepSince: Micros,
  leaseSeconds: number,
): Promise<void> {
  const raw = await loadTable(deployment.files, deployment.catalog, rawTable(holder.topic));
  if (raw === null) return;
  const removed = await expiredFiles(
    deployment.files,
    raw,
    await deployment.store.checkpoint(holder.topic),
    keepSince,
  );
  if (removed.length === 0) return;
  const swap = { operation: 'delete', removed, added: [] } as const;
  const prepared = await prepareFileSwap(undeleted(deployment.files), raw, swap, {
    workId: crypto.randomUUID(),
    now: deployment.clock(),
    summary: { [MAINTENANCE]: EXPIRE_ROWS, [FENCING_TOKEN]: `${holder.fencingToken}` },
    newSnapshotId,
  });
  if (prepared === null) {
    throw new LeanOpsError('COMMIT_CONFLICT', {
      operation: removing(holder.topic),
      detail: 'another writer removed one of the files',
    });
  }
  // The lease still held: no other execution stored an intent since the checkpoint was read.
  await renew(deployment, holder, leaseSeconds);
  await deployment.catalog.swap(prepared.swap, prepared.metadata);
}

/** The role of this function may delete nothing. Files of a failed attempt are removed as orphans by the job. */
function undeleted(files: FileIO): FileIO {
  return { ...files, remove: async () => undefined };
}

/**
 * If there are no new rows: counts the rows that the snapshots after the checkpoint removed, and moves the checkpoint
 * past them. Otherwise their files would be kept until new rows arrive. If there are new rows, the next batch does this
 * (confirm-batch.ts).
 */
async function settle(
  deployment: AwsDeployment,
  holder: Holder,
  { metadata }: Table,
  head: Snapshot,
): Promise<void> {
  const checkpoint = await deployment.store.checkpoint(holder.topic);
  const expiries = expiriesBetween(metadata, checkpoint.snapshotId, head['snapshot-id']);
  const [newest, ...older] = expiries;
  if (newest === undefined) return;
  await recordExpiries(deployment, holder, older);
  const moved = movedCheckpoint({ metadata, snapshot: head }, checkpoint);
  const ledger = moved && { ...moved, gone: { expired: expiredRows(expiries) } };
  await deployment.store.recordMaintenance(leaseOf(holder), entryOf(holder.topic, newest), ledger);
}

/** A record gets its identity from the snapshot, so it may be written again. */
export async function recordExpiries(
  deployment: AwsDeployment,
  holder: Holder,
  expiries: readonly Snapshot[],
): Promise<void> {
  for (const expiry of expiries)
    await deployment.store.recordMaintenance(leaseOf(holder), entryOf(holder.topic, expiry));
}

function entryOf(topic: string, expiry: Snapshot): MaintenanceEntry {
  const at = expiry['timestamp-ms'] * MICROS_PER_MS;
  return {
    table: tableName(rawTable(topic)),
    action: EXPIRE_ROWS,
    startedAt: at,
    endedAt: at,
    before: {
      rows: Number(snapshotCounter(expiry, 'deleted-records')),
      files: Number(snapshotCounter(expiry, 'deleted-data-files')),
      bytes: Number(snapshotCounter(expiry, 'removed-files-size')),
    },
    after: { rows: 0, files: 0, bytes: 0 },
  };
}

function removing(topic: string): string {
  return `removing expired rows of raw.${topic}`;
}
