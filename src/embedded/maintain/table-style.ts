import { daysToMicros, type Micros } from '../../base/time.ts';
import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { currentSnapshot } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import { movedCheckpoint } from '../../pipeline/maintenance/moved-checkpoint.ts';
import { neededSnapshots } from '../../pipeline/maintenance/needed-snapshots.ts';
import type { MaintenanceSettings } from '../../pipeline/settings.ts';
import { RAW_WITHOUT_BOUNDS } from '../../raw/table.ts';
import { planOf } from '../../semantic/plan.ts';
import { driftTableName, errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { CompactionStyle } from './compact-table.ts';
import type { ExpiryStyle } from './expire-snapshots.ts';

/** The maintenance rules of one table. */
export interface TableStyle {
  readonly ref: TableRef;
  /** `namespace.table`. */
  readonly name: string;
  readonly compaction: CompactionStyle;
  readonly expiry: ExpiryStyle;
  /** Unreferenced files that were last changed before this are deleted. */
  readonly orphansBefore: Micros;
}

/** The rules of a topic's semantic, errors and drift table; empty before its first batch. */
export async function derivedStyles(workspace: Workspace, topic: string): Promise<readonly TableStyle[]> {
  const checkpoint = await workspace.store.checkpoint(topic);
  const { contractVersion } = checkpoint;
  if (contractVersion === null) return [];
  const contract = await versionOf(workspace, topic, contractVersion);
  const orders: readonly (readonly [string, readonly string[]])[] = [
    [topic, planOf(contract.topic).key],
    [errorsTableName(topic), ['key', 'message_id']],
    [driftTableName(topic), ['path', 'kind']],
  ];
  const { maintenance } = await workspace.config();
  return orders.map(([name, orderBy]) =>
    styleOf(workspace, maintenance, derivedTable(name), {
      orderBy,
      withoutBounds: new Set(),
      untouched: async () => new Set(),
      needed: async (metadata) => neededSnapshots(derivedTable(name).namespace, metadata, checkpoint),
    }),
  );
}

/** The rules of RAW. Rows that no batch has read stay in their files, where the next batch finds them. */
export async function rawStyle(workspace: Workspace, topic: string): Promise<TableStyle> {
  const checkpoint = () => workspace.store.checkpoint(topic);
  const { maintenance } = await workspace.config();
  return styleOf(workspace, maintenance, rawTable(topic), {
    orderBy: ['idempotency_key', 'publish_time'],
    withoutBounds: RAW_WITHOUT_BOUNDS,
    untouched: async (table) => unprocessed(table, await checkpoint()),
    needed: async (metadata) => neededSnapshots(rawTable(topic).namespace, metadata, await checkpoint()),
    ledger: async (prepared) => movedCheckpoint(prepared, await checkpoint()),
  });
}

function styleOf(
  { clock }: Workspace,
  config: MaintenanceSettings,
  ref: TableRef,
  own: Omit<CompactionStyle, 'limits'> & Pick<ExpiryStyle, 'needed'>,
): TableStyle {
  const daysAgo = (days: number): Micros => clock() - daysToMicros(days);
  const { needed, ...compaction } = own;
  return {
    ref,
    name: tableName(ref),
    compaction: { ...compaction, limits: config },
    expiry: {
      olderThan: daysAgo(config.snapshotDays),
      maxSnapshots: config.maxSnapshots,
      metadataBefore: daysAgo(config.metadataDays),
      needed,
    },
    orphansBefore: daysAgo(config.orphanDays),
  };
}

/** Files appended after the checkpoint; all files if there is no checkpoint. */
async function unprocessed({ metadata }: Table, { snapshotId }: Checkpoint): Promise<ReadonlySet<string>> {
  const head = currentSnapshot(metadata);
  if (head === null) return new Set();
  const files =
    snapshotId === null
      ? (await planScan(localFiles, metadata, head)).map(({ file }) => file)
      : await appendedFiles(localFiles, metadata, snapshotId, head['snapshot-id']);
  return new Set(files.map(({ path }) => path));
}
