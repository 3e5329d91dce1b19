import { basename } from 'node:path';
import { MICROS_PER_MS, type Micros } from '../../base/time.ts';
import { tableName } from '../../iceberg/catalog.ts';
import type { FileEntry } from '../../iceberg/file-io.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { findOrphans } from '../../iceberg/orphans.ts';
import { deleteRemovedFiles } from '../workspace/removed-files.ts';
import { loadRunTable, type MaintenanceAction, type TableRun } from './table-run.ts';

/** What an orphan clean-up would delete now; null if there is nothing to delete. */
export async function orphansDue(run: TableRun, changedBefore: Micros): Promise<MaintenanceAction | null> {
  const orphans = await orphansOf(run, changedBefore);
  return orphans.length === 0 ? null : actionOf(run, orphans);
}

/**
 * Deletes files in the table's folders that no snapshot refers to and that no open work wrote: files of lost commit
 * races, of expiries by other engines, and of their dead jobs.
 */
export async function removeOrphans(run: TableRun, changedBefore: Micros): Promise<MaintenanceAction | null> {
  const { workspace, lease } = run;
  const startedAt = workspace.clock();
  const orphans = await orphansOf(run, changedBefore);
  if (orphans.length === 0) return null;
  const workId = workspace.newWorkId();
  await workspace.store.openWork(lease, { workId, kind: 'maintenance', directories: [] });
  const action = actionOf(run, orphans);
  const entry = {
    table: action.table,
    action: action.action,
    startedAt,
    endedAt: workspace.clock(),
    before: action.before,
    after: action.after,
  };
  const removedFiles = orphans.map(({ location }) => location);
  await workspace.store.recordMaintenance(lease, entry, undefined, {
    workId,
    swaps: [],
    files: [],
    removedFiles,
  });
  run.faults.hit('maintain:after-commit');
  await deleteRemovedFiles(workspace, run.faults);
  return action;
}

async function orphansOf(run: TableRun, changedBefore: Micros): Promise<readonly FileEntry[]> {
  const works = (await run.workspace.store.openWorks()).map(({ workId }) => workId);
  const table = await loadRunTable(run);
  if (table === null) return [];
  const orphans = await findOrphans(localFiles, table, changedBefore / MICROS_PER_MS);
  return orphans.filter(({ location }) => !works.some((workId) => basename(location).includes(workId)));
}

function actionOf(run: TableRun, orphans: readonly FileEntry[]): MaintenanceAction {
  const bytes = orphans.reduce((sum, { size }) => sum + Number(size), 0);
  return {
    table: tableName(run.ref),
    action: 'remove-orphans',
    before: { orphans: orphans.length, bytes },
    after: { orphans: 0, bytes: 0 },
    removed: { files: orphans.length, bytes },
  };
}
