import { derivedTable, rawTable } from '../../engine/semantic/tables.ts';
import { DEFAULTS } from '../../engine/workspace/default-config.ts';
import { tableName } from '../../engine/workspace/table-files.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { keptSnapshots } from '../../iceberg/expiry.ts';
import { ancestors } from '../../iceberg/history.ts';
import { currentSnapshot, type Snapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { loadTable } from '../../iceberg/table.ts';
import type { Micros } from '../../raw/record.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import { driftTableName, errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { AwsHome } from '../home.ts';
import type { TableUpkeep } from '../spark/maintenance.ts';

const MICROS_PER_MS = 1000n;
const MICROS_PER_DAY = 86_400_000_000n;
/** Each table has at most three records a compaction (upkeep.ts), and RAW one each night of what retention removed. */
const RECORDS_READ = 30;

/**
 * The topic's tables that are due for upkeep, by their metadata alone; none before the first batch. A table is due once as
 * many files came in since its last compaction as the embedded home packs, or once snapshots may go: those which are
 * older than it keeps them, or before as many newer ones, and which neither a batch under way nor the next one needs.
 * Files that nothing names are not looked for: they go with the next upkeep.
 */
export async function dueTables(
  home: AwsHome,
  checkpoint: Checkpoint,
  now: Micros,
): Promise<readonly TableUpkeep[]> {
  const { topic, snapshotId } = checkpoint;
  if (snapshotId === null) return [];
  const derived = [topic, errorsTableName(topic), driftTableName(topic)].map(derivedTable);
  const due: TableUpkeep[] = [];
  for (const ref of [...derived, rawTable(topic)]) {
    const metadata = (await loadTable(home.files, home.catalog, ref))?.metadata;
    if (metadata === undefined) continue;
    const needed = ref.namespace === RAW_NAMESPACE ? builtOn(metadata, checkpoint) : newestBatch(metadata);
    const olderThan = needed === null ? null : oldestKept(metadata, needed, now);
    const isDue =
      (olderThan !== null && expires(metadata, olderThan)) ||
      (await filesSince(home, ref, metadata)) >= DEFAULTS.minFiles;
    if (isDue) due.push({ ref, olderThan, before: figuresOf(metadata) });
  }
  return due;
}

/** Of a table now, by name, as they stand in the records of maintenance. */
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

/** Its summary holds what the engine counted, which the balance needs. */
function newestBatch(metadata: TableMetadata): readonly bigint[] {
  const batch = history(metadata).find(({ summary }) => summary['lean-ops.batch-id'] !== undefined);
  return batch === undefined ? [] : [batch['snapshot-id']];
}

/** As the embedded home has it (src/engine/maintain/table-style.ts); null: a changed history is for a rebuild to mend. */
function builtOn(
  metadata: TableMetadata,
  { snapshotId, intent }: Pick<Checkpoint, 'snapshotId' | 'intent'>,
): readonly bigint[] | null {
  const known = history(metadata).some((snapshot) => snapshot['snapshot-id'] === snapshotId);
  if (snapshotId === null || !known) return null;
  return intent === null ? [snapshotId] : [snapshotId, intent.endSnapshotId];
}

/** Iceberg's expiry goes by time: when the oldest snapshot was committed that stays on main. */
function oldestKept(metadata: TableMetadata, needed: readonly bigint[], now: Micros): Micros | null {
  const olderThan = now - BigInt(DEFAULTS.snapshotDays) * MICROS_PER_DAY;
  const kept = new Set(keptSnapshots(metadata, { olderThan, maxSnapshots: DEFAULTS.maxSnapshots, needed }));
  const oldest = history(metadata).findLast((snapshot) => kept.has(snapshot));
  return oldest === undefined ? null : committedAt(oldest);
}

function expires(metadata: TableMetadata, olderThan: Micros): boolean {
  const named = new Set(Object.values(metadata.refs).map((ref) => ref['snapshot-id']));
  return metadata.snapshots.some(
    (snapshot) => committedAt(snapshot) < olderThan && !named.has(snapshot['snapshot-id']),
  );
}

/** Data and delete files that came in since the last compaction began. */
async function filesSince(home: AwsHome, ref: TableRef, metadata: TableMetadata): Promise<number> {
  const records = await home.store.maintenance(tableName(ref), RECORDS_READ);
  const last = records.find(({ action }) => action === 'compact')?.startedAt ?? 0n;
  return history(metadata)
    .filter((snapshot) => snapshot.summary.operation !== 'replace')
    .filter((snapshot) => committedAt(snapshot) >= last)
    .reduce((files, { summary }) => {
      return files + Number(summary['added-data-files'] ?? 0) + Number(summary['added-delete-files'] ?? 0);
    }, 0);
}

function committedAt(snapshot: Snapshot): Micros {
  return snapshot['timestamp-ms'] * MICROS_PER_MS;
}

function history(metadata: TableMetadata): readonly Snapshot[] {
  const head = metadata['current-snapshot-id'];
  return head === null ? [] : ancestors(metadata, head);
}
