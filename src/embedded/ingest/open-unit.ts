import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileError } from '../../base/file-error.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { UnitPermit } from './protocol.ts';
import { rawLocation } from './raw-table.ts';

/** Opens the work of the next unit and creates its staging folder. Throws LEASE_LOST, DISK_FULL, WORKSPACE_READ_ONLY. */
export async function openUnit(workspace: Workspace, lease: Lease, faults: FaultPoints): Promise<UnitPermit> {
  const workId = workspace.newWorkId();
  const folder = join(workspace.paths.staging, workId);
  const directories = [
    workspace.paths.staging,
    workspace.paths.deadLetters,
    rawLocation(workspace, lease.scope.topic),
  ].map((path) => relative(workspace.paths.root, path));
  await workspace.store.openWork(lease, { workId, kind: 'ingest', directories });
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    throw fileError(cause, 'creating a staging folder', folder);
  }
  faults.hit('ingest:after-work-opened');
  return { workId, folder, ingestionTs: workspace.clock() };
}
