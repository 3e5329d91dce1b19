import { derivedTable, rawTable } from '../../engine/semantic/tables.ts';
import { DEFAULTS } from '../../engine/workspace/default-config.ts';
import { tableName } from '../../engine/workspace/table-files.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { keptSnapshots } from '../../iceberg/expiry.ts';
import { ancestors } from '../../iceberg/history.ts';
import { currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { loadTable } from '../../iceberg/table.ts';
import type { Micros } from '../../raw/record.ts';
import { driftTableName, errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { AwsHome } from '../home.ts';
import type { TableUpkeep } from '../spark-maintenance.ts';

const MICROS_PER_MS = 1000n;
const MICROS_PER_DAY = 86_400_000_000n;
/** Each table has at most three records an upkeep (complete-upkeep.ts), so these hold its last compaction. */
const RECORDS_READ = 6;

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
  const { topic, snapshotId, intent } = checkpoint;
  if (snapshotId === null) return [];
  const derived = [topic, errorsTableName(topic), driftTableName(topic)].map(derivedTable);
  const needed = intent === null ? [snapshotId] : [snapshotId, intent.endSnapshotId];
  const due: TableUpkeep[] = [];
  for (const ref of [...derived, rawTable(topic)]) {
    const table = await loadTable(home.files, home.catalog, ref);
    if (table === null) continue;
    const { metadata } = table;
    const kept = keptSnapshots(metadata, {
      olderThan: now - BigInt(DEFAULTS.snapshotDays) * MICROS_PER_DAY,
      maxSnapshots: DEFAULTS.maxSnapshots,
      needed: ref.namespace === 'raw' ? needed : batches(metadata),
    });
    const isDue =
      kept.length < metadata.snapshots.length || (await filesSince(home, ref, metadata)) >= DEFAULTS.minFiles;
    if (isDue) due.push({ ref, olderThan: oldest(metadata, kept) ?? now, before: figuresOf(metadata) });
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

/** The newest batch's snapshot: its summary holds what the balance needs. */
function batches(metadata: TableMetadata): readonly bigint[] {
  const batch = history(metadata).find(({ summary }) => summary['lean-ops.batch-id'] !== undefined);
  return batch === undefined ? [] : [batch['snapshot-id']];
}

/** Iceberg's expiry goes by time: what was committed before the oldest that stays on main. */
function oldest(metadata: TableMetadata, kept: TableMetadata['snapshots']): Micros | null {
  const ids = new Set(kept.map((snapshot) => snapshot['snapshot-id']));
  const last = history(metadata).findLast((snapshot) => ids.has(snapshot['snapshot-id']));
  return last === undefined ? null : last['timestamp-ms'] * MICROS_PER_MS;
}

/** Data and delete files that came in since the last compaction began. */
async function filesSince(home: AwsHome, ref: TableRef, metadata: TableMetadata): Promise<number> {
  const records = await home.store.maintenance(tableName(ref), RECORDS_READ);
  const last = records.find(({ action }) => action === 'compact')?.startedAt ?? 0n;
  return history(metadata)
    .filter((snapshot) => snapshot.summary.operation !== 'replace')
    .filter((snapshot) => snapshot['timestamp-ms'] * MICROS_PER_MS >= last)
    .reduce((files, { summary }) => {
      return files + Number(summary['added-data-files'] ?? 0) + Number(summary['added-delete-files'] ?? 0);
    }, 0);
}

function history(metadata: TableMetadata) {
  const head = metadata['current-snapshot-id'];
  return head === null ? [] : ancestors(metadata, head);
}
