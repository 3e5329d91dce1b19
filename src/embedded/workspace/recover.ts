import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import type { Lease } from '../../state/lease.ts';
import type { OpenWork } from '../../state/open-work.ts';
import { isOwnerDead } from './owner.ts';
import { deleteRemovedFiles } from './removed-files.ts';
import type { Workspace } from './workspace.ts';

/**
 * Deletes the remains of interrupted runs: files of open work without a lease, files that commits removed from tables,
 * and spill folders of ended processes. Work of a live run stays. If nothing was left, it costs one read of the state.
 */
export async function recover(workspace: Workspace): Promise<void> {
  const { store, owner, clock } = workspace;
  const scopes = new Map(
    (await store.openWorks()).map(({ scope }) => [`${scope.topic} ${scope.work}`, scope]),
  );
  for (const scope of scopes.values()) {
    const { seconds } = (await workspace.config()).lease;
    const answer = await store.acquireLease(scope, owner, BigInt(seconds) * 1_000_000n, clock());
    if (answer.kind === 'held') continue;
    try {
      await deleteAbandonedWorks(workspace, answer.lease);
    } finally {
      await store.releaseLease(answer.lease);
    }
  }
  await deleteRemovedFiles(workspace);
  await removeDeadSpill(workspace);
}

/**
 * Deletes the files of works of the lease's scope with an older token. A commit deletes its row of open work in its own
 * transaction. So a row that is left belongs to work that did not commit, and an older token never can.
 */
export async function deleteAbandonedWorks(workspace: Workspace, lease: Lease): Promise<void> {
  const works = (await workspace.store.openWorks()).filter(
    ({ scope, fencingToken }) =>
      scope.topic === lease.scope.topic && scope.work === lease.scope.work && fencingToken < lease.token,
  );
  for (const work of works) await deleteWork(workspace, work);
  if (works.length > 0) {
    await workspace.store.dropWorks(
      lease,
      works.map(({ workId }) => workId),
    );
  }
}

/** Ends a work of this lease that will not commit: deletes its files and its row. */
export async function abandonWork(workspace: Workspace, lease: Lease, workId: string): Promise<void> {
  const work = (await workspace.store.openWorks()).find((each) => each.workId === workId);
  if (work === undefined) return;
  await deleteWork(workspace, work);
  await workspace.store.dropWorks(lease, [workId]);
}

async function deleteWork(workspace: Workspace, work: OpenWork): Promise<void> {
  for (const directory of work.directories) {
    const folder = join(workspace.paths.root, directory);
    for (const entry of await entriesBelow(folder)) {
      if (basename(entry).includes(work.workId)) await rm(entry, { recursive: true, force: true });
    }
  }
}

async function entriesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries.map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function removeDeadSpill(workspace: Workspace): Promise<void> {
  const { temp } = workspace.paths;
  try {
    for (const name of await readdir(temp)) {
      if (isOwnerDead(name)) await rm(join(temp, name), { recursive: true, force: true });
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
