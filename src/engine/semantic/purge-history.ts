import { relative } from 'node:path';
import { LeanOpsError } from '../../errors/error.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { prepareForgetHistory, withoutHistory } from '../../iceberg/forget-history.ts';
import { readManifest } from '../../iceberg/manifest.ts';
import { readManifestList } from '../../iceberg/manifest-list.ts';
import { currentSnapshot, type Snapshot } from '../../iceberg/metadata.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import type { Lease } from '../../state/lease.ts';
import { localFiles } from '../local-files.ts';
import { newSnapshotId } from '../snapshot-id.ts';
import { tableFiles } from '../workspace/table-files.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** In a snapshot's summary: what stands in older snapshots must not be readable any more. */
export const PURGE_HISTORY = 'lean-ops.purge-history';

/** Whether a rebuild that changed the masking has not been followed by the removal of what it replaced. */
export function needsPurge(table: Table | null): boolean {
  if (table === null || table.metadata.snapshots.length < 2) return false;
  return currentSnapshot(table.metadata)?.summary[PURGE_HISTORY] === 'true';
}

/**
 * Removes every file of older snapshots, then the snapshots themselves (DESIGN 6: after a change of masking). Files
 * that list others go last, so that a run that was killed in the middle finds the rest again.
 */
export async function purgeHistory(workspace: Workspace, lease: Lease, ref: TableRef): Promise<void> {
  const table = await loadTable(localFiles, workspace.catalog, ref);
  if (table === null || !needsPurge(table)) return;
  const startedAt = workspace.clock();
  const kept = new Set(
    (await tableFiles({ ...table, metadata: withoutHistory(table.metadata) })).map(({ path }) => path),
  );
  const removed: string[] = [];
  for (const snapshot of table.metadata.snapshots) {
    for (const path of await filesInOrder(table, snapshot)) {
      if (kept.has(path) || removed.includes(path)) continue;
      await localFiles.remove(path);
      removed.push(path);
    }
  }
  const workId = workspace.newWorkId();
  await workspace.store.openWork(lease, {
    workId,
    kind: 'maintenance',
    directories: [relative(workspace.paths.root, table.metadata.location)],
  });
  const ctx = { workId, now: workspace.clock(), summary: {}, newSnapshotId };
  const { swap, metadata } = await prepareForgetHistory(localFiles, table, ctx);
  await workspace.store.recordMaintenance(
    lease,
    {
      table: `${ref.namespace}.${ref.name}`,
      action: 'expire-snapshots',
      startedAt,
      endedAt: workspace.clock(),
      before: { snapshots: table.metadata.snapshots.length },
      after: { snapshots: metadata.snapshots.length },
    },
    { workId, swaps: [swap], files: [], removedFiles: removed },
  );
}

/** Data files, then the manifests that name them, then the list of those; what is gone already is passed over. */
async function filesInOrder(table: Table, snapshot: Snapshot): Promise<readonly string[]> {
  const manifests = (await unlessGone(() => readManifestList(localFiles, snapshot))) ?? [];
  const data: string[] = [];
  for (const manifest of manifests) {
    const entries = (await unlessGone(() => readManifest(localFiles, table.metadata, manifest))) ?? [];
    data.push(...entries.map(({ file }) => file.path));
  }
  return [...data, ...manifests.map(({ path }) => path), snapshot['manifest-list']];
}

async function unlessGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof LeanOpsError && error.code === 'METADATA_INVALID_FILE') return null;
    throw error;
  }
}
