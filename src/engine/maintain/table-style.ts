import type { TableRef } from '../../iceberg/catalog.ts';
import type { PreparedCommit } from '../../iceberg/commit.ts';
import { ancestors, appendsBetween } from '../../iceberg/history.ts';
import { currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import type { Micros } from '../../raw/record.ts';
import { RAW_WITHOUT_BOUNDS } from '../../raw/table.ts';
import { planOf } from '../../semantic/plan.ts';
import { driftTableName, errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint, LedgerChange } from '../../state/checkpoint.ts';
import { localFiles } from '../local-files.ts';
import { versionOf } from '../semantic/contract-version.ts';
import { derivedTable, rawTable } from '../semantic/tables.ts';
import type { MaintenanceConfig } from '../workspace/config.ts';
import { tableName } from '../workspace/table-files.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { CompactionStyle } from './compact-table.ts';
import type { ExpiryStyle } from './expire-snapshots.ts';

/** How one table is looked after. */
export interface TableStyle {
  readonly ref: TableRef;
  /** `namespace.table`. */
  readonly name: string;
  readonly compaction: CompactionStyle;
  readonly expiry: ExpiryStyle;
  /** Files that nothing names go once they were last changed before this. */
  readonly orphansBefore: Micros;
}

const MICROS_PER_DAY = 86_400_000_000;

/** The semantic, errors and drift table of a topic, as far as it has run. */
export async function derivedStyles(workspace: Workspace, topic: string): Promise<readonly TableStyle[]> {
  const { contractVersion } = await workspace.store.checkpoint(topic);
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
      needed: async (metadata) => newestBatch(metadata),
    }),
  );
}

/** RAW: rows that no batch has read stay where the batches look for them. */
export async function rawStyle(workspace: Workspace, topic: string): Promise<TableStyle> {
  const checkpoint = () => workspace.store.checkpoint(topic);
  const { maintenance } = await workspace.config();
  return styleOf(workspace, maintenance, rawTable(topic), {
    orderBy: ['idempotency_key', 'publish_time'],
    withoutBounds: RAW_WITHOUT_BOUNDS,
    untouched: async (table) => unprocessed(table, await checkpoint()),
    needed: async (metadata) => builtOn(metadata, await checkpoint()),
    ledger: async (prepared) => movedCheckpoint(prepared, await checkpoint()),
  });
}

function styleOf(
  { clock }: Workspace,
  config: MaintenanceConfig,
  ref: TableRef,
  own: Omit<CompactionStyle, 'limits'> & Pick<ExpiryStyle, 'needed'>,
): TableStyle {
  const daysAgo = (days: number): Micros => clock() - BigInt(Math.round(days * MICROS_PER_DAY));
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

/** Its summary holds what the engine counted, which the balance needs. */
function newestBatch(metadata: TableMetadata): readonly bigint[] {
  const head = metadata['current-snapshot-id'];
  const batch = (head === null ? [] : ancestors(metadata, head)).find(
    ({ summary }) => summary['lean-ops.batch-id'] !== undefined,
  );
  return batch === undefined ? [] : [batch['snapshot-id']];
}

/** Files that were appended behind the checkpoint: all, where there is none. */
async function unprocessed({ metadata }: Table, { snapshotId }: Checkpoint): Promise<ReadonlySet<string>> {
  const head = currentSnapshot(metadata);
  if (head === null) return new Set();
  const files =
    snapshotId === null
      ? (await planScan(localFiles, metadata, head)).map(({ file }) => file)
      : await appendedFiles(localFiles, metadata, snapshotId, head['snapshot-id']);
  return new Set(files.map(({ path }) => path));
}

/**
 * The checkpoint's snapshot and those of a batch under way; null: nothing may go, for no batch has run yet, or the
 * history that the next one needs is not there, which is for a rebuild to mend and not for maintenance to bury.
 */
function builtOn(metadata: TableMetadata, { snapshotId, intent }: Checkpoint): readonly bigint[] | null {
  const head = metadata['current-snapshot-id'];
  if (snapshotId === null || head === null) return null;
  if (!ancestors(metadata, head).some((snapshot) => snapshot['snapshot-id'] === snapshotId)) return null;
  return intent === null ? [snapshotId] : [snapshotId, intent.endSnapshotId];
}

/**
 * Where no rows wait, the checkpoint moves on to what maintenance wrote: the rows up to there are the same, and the
 * files that were replaced need not be kept until the next batch.
 */
export function movedCheckpoint(
  { metadata, snapshot }: Pick<PreparedCommit, 'metadata' | 'snapshot'>,
  checkpoint: Checkpoint,
): LedgerChange | undefined {
  if (checkpoint.intent !== null || checkpoint.snapshotId === null || snapshot === null) return undefined;
  const id = snapshot['snapshot-id'];
  if (appendsBetween(metadata, checkpoint.snapshotId, id).length > 0) return undefined;
  return { checkpoint: { snapshotId: id, sequenceNumber: snapshot['sequence-number'] }, gone: {} };
}
