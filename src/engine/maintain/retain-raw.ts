import { decodeBound } from '../../iceberg/bounds.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import { prepareFileSwap } from '../../iceberg/file-swap.ts';
import { currentSchema, currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import { fieldByName } from '../../iceberg/schema.ts';
import type { Table } from '../../iceberg/table.ts';
import type { Micros } from '../../raw/record.ts';
import { RAW_PARTITION_COLUMN } from '../../raw/table.ts';
import { localFiles } from '../local-files.ts';
import { tableName } from '../workspace/table-files.ts';
import { changeTable, loadRunTable, type MaintenanceAction, type TableRun } from './table-run.ts';
import { movedCheckpoint, unprocessed } from './table-style.ts';

const MICROS_PER_DAY = 86_400_000_000n;

/** What retention would remove now; null: nothing. `keepSince`: rows received before it may go. */
export async function retentionDue(run: TableRun, keepSince: Micros): Promise<MaintenanceAction | null> {
  const table = await loadRunTable(run);
  const files = table === null ? [] : await expiredFiles(run, table, keepSince);
  return files.length === 0 ? null : actionOf(run, files);
}

/**
 * Removes RAW's files of whole days (UTC) before `keepSince`, as far as batches have read them. While a batch is under
 * way nothing is removed: it may be reading these very rows.
 */
export function retainRaw(run: TableRun, keepSince: Micros): Promise<MaintenanceAction | null> {
  const { topic } = run.lease.scope;
  return changeTable(run, async (table) => {
    const removed = await expiredFiles(run, table, keepSince);
    if (removed.length === 0) return null;
    const action = actionOf(run, removed);
    return {
      prepare: (now, ctx) =>
        prepareFileSwap(localFiles, now, { operation: 'delete', removed, added: [] }, ctx),
      files: [],
      // Older snapshots still name the files; they go when these expire.
      removedFiles: [],
      action,
      ledger: async (prepared) => {
        const moved = movedCheckpoint(prepared, await run.workspace.store.checkpoint(topic));
        return { checkpoint: moved?.checkpoint ?? null, gone: { expired: action.before.rows ?? 0 } };
      },
    };
  });
}

async function expiredFiles(run: TableRun, table: Table, keepSince: Micros): Promise<readonly DataFile[]> {
  const checkpoint = await run.workspace.store.checkpoint(run.lease.scope.topic);
  if (checkpoint.intent !== null) return [];
  const untouched = await unprocessed(table, checkpoint);
  const firstDay = keepSince - (keepSince % MICROS_PER_DAY);
  const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
  return scan
    .filter(({ file, deletes }) => deletes.length === 0 && !untouched.has(file.path))
    .map(({ file }) => file)
    .filter((file) => isBefore(table.metadata, file, firstDay));
}

/** A file that does not say when its newest row was received could hold a young one. */
function isBefore(metadata: TableMetadata, file: DataFile, moment: Micros): boolean {
  const { id } = fieldByName(currentSchema(metadata), RAW_PARTITION_COLUMN);
  const bound = file.upperBounds?.get(id);
  const newest = bound === undefined ? null : decodeBound('timestamptz', bound);
  return typeof newest === 'bigint' && newest < moment;
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
