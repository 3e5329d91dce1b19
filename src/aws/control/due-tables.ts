import { MICROS_PER_DAY, MICROS_PER_MS, type Micros } from '../../base/time.ts';
import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import { keptSnapshots } from '../../iceberg/expiry.ts';
import { mainHistory } from '../../iceberg/history.ts';
import { currentSnapshot, type Snapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { knownCounter } from '../../iceberg/snapshot-counters.ts';
import { loadTable } from '../../iceberg/table.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { neededSnapshots } from '../../pipeline/maintenance/needed-snapshots.ts';
import { DEFAULTS } from '../../pipeline/settings.ts';
import { driftTableName, errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import type { TableMaintenance } from '../spark/maintenance.ts';

/** Maintenance writes at most three records per table (maintenance.ts), and retention one per night for RAW. */
const RECORDS_READ = 30;

/**
 * The topic's tables that are due for maintenance, by their metadata alone; none before the first batch. A table is due if
 * enough files were added since its last compaction, or an unknown number of files. It is also due if snapshots may
 * expire: those that are too old or too many, and that neither a batch under way nor the next one needs. The limits are
 * those of a workspace. Orphan files make no table due: the next maintenance removes them.
 */
export async function dueTables(
  deployment: AwsDeployment,
  checkpoint: Checkpoint,
  now: Micros,
): Promise<readonly TableMaintenance[]> {
  const { topic, snapshotId } = checkpoint;
  if (snapshotId === null) return [];
  const derived = [topic, errorsTableName(topic), driftTableName(topic)].map(derivedTable);
  const due: TableMaintenance[] = [];
  for (const ref of [...derived, rawTable(topic)]) {
    const metadata = (await loadTable(deployment.files, deployment.catalog, ref))?.metadata;
    if (metadata === undefined) continue;
    const needed = neededSnapshots(ref.namespace, metadata, checkpoint);
    const olderThan = needed === null ? null : oldestKept(metadata, needed, now);
    const isDue =
      (olderThan !== null && expires(metadata, olderThan)) ||
      (await filesSince(deployment, ref, metadata)) >= DEFAULTS.minFiles;
    if (!isDue) continue;
    const oldestNeeded = mainHistory(metadata).findLast((each) => needed?.includes(each['snapshot-id']));
    const before = figuresOf(metadata);
    due.push({ ref, olderThan, oldestNeeded: oldestNeeded?.['snapshot-id'] ?? null, before });
  }
  return due;
}

/** A table's figures now, by the names that the records of maintenance use. Sizes are bytes. */
export function figuresOf(metadata: TableMetadata): Readonly<Record<string, number>> {
  const summary = currentSnapshot(metadata)?.summary ?? {};
  const total = (what: string): number => Number(summary[`total-${what}`] ?? 0);
  return {
    data_files: total('data-files'),
    delete_files: total('delete-files'),
    bytes: total('files-size'),
    snapshots: metadata.snapshots.length,
  };
}

/** When the oldest snapshot that stays was committed: Iceberg's expiry removes all snapshots before a time. */
function oldestKept(metadata: TableMetadata, needed: readonly bigint[], now: Micros): Micros | null {
  const olderThan = now - BigInt(DEFAULTS.snapshotDays) * MICROS_PER_DAY;
  const kept = new Set(keptSnapshots(metadata, { olderThan, maxSnapshots: DEFAULTS.maxSnapshots, needed }));
  const oldest = mainHistory(metadata).findLast((snapshot) => kept.has(snapshot));
  return oldest === undefined ? null : committedAt(oldest);
}

function expires(metadata: TableMetadata, olderThan: Micros): boolean {
  const named = new Set(Object.values(metadata.refs).map((ref) => ref['snapshot-id']));
  return metadata.snapshots.some(
    (snapshot) => committedAt(snapshot) < olderThan && !named.has(snapshot['snapshot-id']),
  );
}

/** Data and delete files that were added since the last compaction began. Infinity if a snapshot does not say how many. */
async function filesSince(
  deployment: AwsDeployment,
  ref: TableRef,
  metadata: TableMetadata,
): Promise<number> {
  const records = await deployment.store.maintenance(tableName(ref), RECORDS_READ);
  const last = records.find(({ action }) => action === 'compact')?.startedAt ?? 0n;
  const since = mainHistory(metadata)
    .filter((snapshot) => snapshot.summary.operation !== 'replace')
    .filter((snapshot) => committedAt(snapshot) >= last);
  const added = since.flatMap((snapshot) => [
    knownCounter(snapshot, 'added-data-files'),
    knownCounter(snapshot, 'added-delete-files'),
  ]);
  return added.reduce((files, each) => files + (each === null ? Number.POSITIVE_INFINITY : Number(each)), 0);
}

function committedAt(snapshot: Snapshot): Micros {
  return snapshot['timestamp-ms'] * MICROS_PER_MS;
}
