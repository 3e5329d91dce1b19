import { MICROS_PER_SECOND } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Lease, LeaseScope } from '../../state/lease.ts';
import { deleteAbandonedWorks } from './recover.ts';
import type { Workspace } from './workspace.ts';

/** Two heartbeats may fail before the lease expires. */
const HEARTBEATS_PER_LEASE = 3;

/**
 * Runs a task under the scope's lease, with heartbeats, and always releases the lease at the end. Files that a dead run
 * of the scope left behind are deleted first. `lost` aborts once another run took over; nothing can be committed after
 * that. Throws LEASE_HELD at once if another run holds the lease, LEASE_LOST.
 */
export async function underLease<T>(
  workspace: Workspace,
  scope: LeaseScope,
  task: (lease: Lease, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const { seconds } = (await workspace.config()).lease;
  const ttl = BigInt(seconds) * MICROS_PER_SECOND;
  const answer = await workspace.store.acquireLease(scope, workspace.owner, ttl, workspace.clock());
  if (answer.kind === 'held') throw heldBy(scope, answer.owner);
  const lost = new AbortController();
  const beat = async () => {
    try {
      await workspace.store.renewLease(answer.lease, ttl, workspace.clock());
    } catch (error) {
      // A busy or full store does not lose the lease: the next heartbeat tries again, and every commit checks the token.
      if (!isPassing(error)) lost.abort(error);
    }
  };
  const heartbeat = setInterval(beat, (seconds * 1000) / HEARTBEATS_PER_LEASE);
  try {
    await deleteAbandonedWorks(workspace, answer.lease);
    return await task(answer.lease, lost.signal);
  } finally {
    clearInterval(heartbeat);
    await release(workspace, answer.lease);
  }
}

/** Releases the lease. A lost lease is ignored here, so that it does not hide the task's own error. */
async function release(workspace: Workspace, lease: Lease): Promise<void> {
  try {
    await workspace.store.releaseLease(lease);
  } catch (error) {
    if (!(error instanceof LeanOpsError) || error.code !== 'LEASE_LOST') throw error;
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof LeanOpsError && (error.code === 'STATE_BUSY' || error.code === 'DISK_FULL');
}

function heldBy(scope: LeaseScope, owner: string): LeanOpsError {
  return new LeanOpsError('LEASE_HELD', {
    operation: `starting ${scope.work} of ${scope.topic}`,
    detail: `process ${owner.split('.')[1] ?? owner} holds the lease`,
  });
}
