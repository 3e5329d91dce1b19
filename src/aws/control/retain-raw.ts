import { newSnapshotId } from '../../base/snapshot-id.ts';
import { MICROS_PER_DAY, MICROS_PER_MS, type Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { tableName } from '../../iceberg/catalog.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { prepareFileSwap } from '../../iceberg/file-swap.ts';
import { ancestors } from '../../iceberg/history.ts';
import { currentSnapshot, type Snapshot } from '../../iceberg/metadata.ts';
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

/** Firehose commits every minute at most, and an attempt takes seconds. */
const MAX_ATTEMPTS = 5;
/**
 * Rows stay that long, whatever the contract says: a copy of a reception can come for fourteen days from the queue and
 * then for one from the stream, and only by the first row is it known for a copy (semantic_job.py, receptions).
 */
const COPIES_MICROS = 15n * MICROS_PER_DAY;

/**
 * Removes RAW's files of whole days that the contract's retention has no use for any more, in one snapshot that Firehose's
 * appends may lie before and behind. Says whether this lease removed any; asked again it says the same. May end at any
 * instant: RAW's history says what was done. Throws COMMIT_CONFLICT, LEASE_LOST, RAW_HISTORY_CHANGED.
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
    for (let attempt = 1; !(await removeFiles(deployment, holder, keepSince, leaseSeconds)); attempt += 1)
      if (attempt === MAX_ATTEMPTS) throw givenUp(holder.topic);
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

/** false: another writer moved the table meanwhile, and it is to be planned anew. */
async function removeFiles(
  deployment: AwsDeployment,
  holder: Holder,
  keepSince: Micros,
  leaseSeconds: number,
): Promise<boolean> {
  const raw = await loadTable(deployment.files, deployment.catalog, rawTable(holder.topic));
  if (raw === null) return true;
  const removed = await expiredFiles(
    deployment.files,
    raw,
    await deployment.store.checkpoint(holder.topic),
    keepSince,
  );
  if (removed.length === 0) return true;
  const swap = { operation: 'delete', removed, added: [] } as const;
  const prepared = await prepareFileSwap(undeleted(deployment.files), raw, swap, {
    workId: crypto.randomUUID(),
    now: deployment.clock(),
    summary: { [MAINTENANCE]: EXPIRE_ROWS, [FENCING_TOKEN]: `${holder.fencingToken}` },
    newSnapshotId,
  });
  if (prepared === null) return false;
  // Nobody else can have stored an intent since the checkpoint was read.
  await renew(deployment, holder, leaseSeconds);
  try {
    await deployment.catalog.swap(prepared.swap, prepared.metadata);
    return true;
  } catch (error) {
    if (error instanceof LeanOpsError && error.code === 'COMMIT_CONFLICT') return false;
    throw error;
  }
}

/** Drafts that a commit has no use for go with the orphans: this function deletes nothing. */
function undeleted(files: FileIO): FileIO {
  return { ...files, remove: async () => undefined };
}

/**
 * Counts what the snapshots behind the checkpoint removed, and moves it over them, where no rows wait: else their files
 * would be kept until some come. Where rows wait the next batch does it (complete.ts).
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

/** The record of what a snapshot removed is named by it, so that it may be written again. */
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
  const figure = (name: string): number => Number(expiry.summary[name] ?? 0);
  return {
    table: tableName(rawTable(topic)),
    action: EXPIRE_ROWS,
    startedAt: at,
    endedAt: at,
    before: {
      rows: figure('deleted-records'),
      files: figure('deleted-data-files'),
      bytes: figure('removed-files-size'),
    },
    after: { rows: 0, files: 0, bytes: 0 },
  };
}

function givenUp(topic: string): LeanOpsError {
  return new LeanOpsError('COMMIT_CONFLICT', {
    operation: `removing expired rows of raw.${topic}`,
    detail: `another writer moved the table in each of ${MAX_ATTEMPTS} attempts`,
  });
}
