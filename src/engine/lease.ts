import { LeanOpsError } from '../errors/error.ts';
import type { Lease, LeaseScope } from '../state/lease.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A lease that is kept alive while its work goes on. */
export interface HeldLease {
  /** As last renewed. */
  readonly current: () => Lease;
  /** Fires when the lease is lost or the caller's own signal does; work should end without committing. */
  readonly signal: AbortSignal;
}

export type LeaseOutcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'held'; readonly owner: string; readonly expiresAt: bigint };

const MICROS_PER_SECOND = 1_000_000n;
/** Two heartbeats may fail before the lease runs out. */
const HEARTBEATS_PER_LEASE = 3;

/** Does the work under the scope's lease, with heartbeats, or says who holds it. The lease is released at the end. */
export async function withLease<T>(
  workspace: Workspace,
  scope: LeaseScope,
  signal: AbortSignal,
  work: (held: HeldLease) => Promise<T>,
): Promise<LeaseOutcome<T>> {
  const seconds = (await workspace.config()).lease.seconds;
  const ttl = BigInt(seconds) * MICROS_PER_SECOND;
  const answer = await workspace.store.acquireLease(scope, workspace.owner, ttl, workspace.clock());
  if (answer.kind === 'held') return answer;
  let lease = answer.lease;
  const lost = new AbortController();
  const beat = async (): Promise<void> => {
    try {
      lease = await workspace.store.renewLease(lease, ttl, workspace.clock());
    } catch (error) {
      // A busy store may answer the next beat; anything else means that the work must not commit.
      if (!(error instanceof LeanOpsError && error.code === 'STATE_BUSY')) lost.abort(error);
    }
  };
  const timer = setInterval(beat, (seconds * 1000) / HEARTBEATS_PER_LEASE);
  timer.unref();
  try {
    const held = { current: () => lease, signal: AbortSignal.any([signal, lost.signal]) };
    return { kind: 'done', value: await work(held) };
  } finally {
    clearInterval(timer);
    if (!lost.signal.aborted) await workspace.store.releaseLease(lease);
  }
}

/** Throws what ended the work: the loss of the lease, or INTERRUPTED. */
export function throwIfEnded(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof LeanOpsError) throw signal.reason;
  throw new LeanOpsError('INTERRUPTED', { operation: 'working on a topic', detail: 'the run was told to stop' });
}
