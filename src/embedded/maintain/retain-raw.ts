import type { Micros } from '../../base/time.ts';
import { tableName } from '../../iceberg/catalog.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import { prepareFileSwap } from '../../iceberg/file-swap.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import type { Table } from '../../iceberg/table.ts';
import { expiredFiles } from '../../pipeline/maintenance/expired-files.ts';
import { movedCheckpoint } from '../../pipeline/maintenance/moved-checkpoint.ts';
import { changeTable, loadRunTable, type MaintenanceAction, type TableRun } from './table-run.ts';

/** What retention would remove now; null if there is nothing to remove. Rows received before `keepSince` can be removed. */
export async function retentionDue(run: TableRun, keepSince: Micros): Promise<MaintenanceAction | null> {
  const table = await loadRunTable(run);
  const files = table === null ? [] : await chosen(run, table, keepSince);
  return files.length === 0 ? null : actionOf(run, files);
}

/**
 * Removes RAW's files of whole UTC days before `keepSince` that batches have read. During a batch nothing is removed,
 * because the batch can be reading these rows.
 */
export function retainRaw(run: TableRun, keepSince: Micros): Promise<MaintenanceAction | null> {
  const { topic } = run.lease.scope;
  return changeTable(run, async (table) => {
    const removed = await chosen(run, table, keepSince);
    if (removed.length === 0) return null;
    const action = actionOf(run, removed);
    return {
      prepare: (now, ctx) =>
        prepareFileSwap(localFiles, now, { operation: 'delete', removed, added: [] }, ctx),
      files: [],
      // Older snapshots still refer to the files, so the files are deleted when those expire.
      removedFiles: [],
      action,
      ledger: async (prepared) => {
        const moved = movedCheckpoint(prepared, await run.workspace.store.checkpoint(topic));
        return { checkpoint: moved?.checkpoint ?? null, gone: { expired: action.before.rows ?? 0 } };
      },
    };
  });
}

async function chosen(run: TableRun, table: Table, keepSince: Micros): Promise<readonly DataFile[]> {
  const checkpoint = await run.workspace.store.checkpoint(run.lease.scope.topic);
  return expiredFiles(localFiles, table, checkpoint, keepSince);
}

function actionOf(run: TableRun, files: readonly DataFile[]): MaintenanceAction {
  const rows = files.reduce((sum, { recordCount }) => sum + Number(recordCount), 0);
  const bytes = files.reduce((sum, { fileSize }) => sum + Number(fileSize), 0);
  return {
    table: tableName(run.ref),
    action: 'expire-rows',
    before: { rows, files: files.length, bytes },
    after: { rows: 0, files: 0, bytes: 0 },
    removed: { files: 0, bytes: 0 },
  };
}
