import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import { prepareForgetHistory, withoutHistory } from '../../iceberg/forget-history.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { currentSnapshot } from '../../iceberg/metadata.ts';
import { filesOnlyOf } from '../../iceberg/reachable-files.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { derivedTable } from '../../pipeline/batches/topic-tables.ts';
import { PURGE_HISTORY } from '../../semantic/snapshot-labels.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { changeTable } from './table-run.ts';

/** The topic's tables that show masked values, and so may have shown others before a change of masking. */
const maskedTables = (topic: string): readonly TableRef[] =>
  [topic, errorsTableName(topic)].map(derivedTable);

/** Whether a rebuild that changed the masking was not followed by the removal of older snapshots. */
export async function owesPurge(workspace: Workspace, topic: string): Promise<boolean> {
  for (const ref of maskedTables(topic)) {
    if (needsPurge(await loadTable(localFiles, workspace.catalog, ref))) return true;
  }
  return false;
}

/**
 * Removes what a change of masking replaced: older snapshots, and every file that only they need. Runs with the rebuild,
 * or with the next run if the rebuild was killed.
 */
export async function purgeTopic(
  workspace: Workspace,
  lease: Lease,
  topic: string,
  faults: FaultPoints,
): Promise<void> {
  for (const ref of maskedTables(topic)) await purgeHistory(workspace, lease, ref, faults);
}

function needsPurge(table: Table | null): boolean {
  if (table === null || table.metadata.snapshots.length < 2) return false;
  return currentSnapshot(table.metadata)?.summary[PURGE_HISTORY] === 'true';
}

async function purgeHistory(
  workspace: Workspace,
  lease: Lease,
  ref: TableRef,
  faults: FaultPoints,
): Promise<void> {
  // A change opens a work, so one that has nothing to do is not begun.
  if (!needsPurge(await loadTable(localFiles, workspace.catalog, ref))) return;
  // The removal is owed and short, so nothing stops it.
  await changeTable({ workspace, lease, ref, faults, throwIfStopped: () => undefined }, async (table) => {
    if (!needsPurge(table)) return null;
    const { metadata } = table;
    const removed = await filesOnlyOf(localFiles, metadata, withoutHistory(metadata).snapshots);
    return {
      prepare: async (now, ctx) =>
        now.metadataLocation === table.metadataLocation ? prepareForgetHistory(localFiles, now, ctx) : null,
      files: [],
      removedFiles: removed.map(({ path }) => path),
      action: {
        table: tableName(ref),
        action: 'expire-snapshots',
        before: { snapshots: metadata.snapshots.length },
        after: { snapshots: 1 },
        removed: { files: removed.length, bytes: 0 },
      },
    };
  });
}
