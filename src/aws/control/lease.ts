import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { BATCH_FORMS } from '../../semantic/batch-form.ts';
import type { Lease } from '../../state/lease.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import type { RunRequest } from './run-request.ts';

/** What an execution of the state machine passes at each step: its own ARN and its fencing token. */
export interface Holder {
  readonly topic: string;
  readonly owner: string;
  readonly fencingToken: bigint;
}

export type BeginAnswer =
  | { readonly outcome: 'acquired'; readonly fencingToken: bigint }
  /** 'wait': the execution asks again later; 'held': it ends. */
  | { readonly outcome: 'held' | 'wait'; readonly owner: string; readonly expiresAt: bigint };

export interface BeginCall {
  readonly topic: string;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly kind: RunRequest['kind'];
  /** When the execution started. */
  readonly startedAt: Micros;
}

/** The default time limit of a job (modules/semantic/variables.tf): a healthy holder is done by then. */
const WAIT_MICROS = 7200n * MICROS_PER_SECOND;

/**
 * Acquires the topic's lease for an execution. `leaseSeconds` must cover the queueing and the start of a Glue job; after
 * that the job renews the lease itself. If the same execution calls again because the first answer was lost, it gets the
 * same lease. If another execution holds the lease, an incremental run ends, because the next one follows soon; other kinds
 * wait.
 */
export async function begin(deployment: AwsDeployment, call: BeginCall): Promise<BeginAnswer> {
  const { topic, owner } = call;
  const scope = { topic, work: 'semantic' } as const;
  const now = deployment.clock();
  const answer = await deployment.store.acquireLease(scope, owner, ttlOf(call.leaseSeconds), now);
  if (answer.kind === 'acquired') return { outcome: 'acquired', fencingToken: answer.lease.token };
  const holder = await deployment.store.leaseHolder(scope);
  if (holder?.owner === owner) return { outcome: 'acquired', fencingToken: holder.token };
  const isRequested = call.kind === 'maintain' || BATCH_FORMS[call.kind].isRequested;
  const waits = isRequested && now - call.startedAt < WAIT_MICROS;
  return { outcome: waits ? 'wait' : 'held', owner: answer.owner, expiresAt: answer.expiresAt };
}

/** Renews the lease for its whole time. Throws LEASE_LOST. */
export async function renew(deployment: AwsDeployment, holder: Holder, seconds: number): Promise<void> {
  await deployment.store.renewLease(leaseOf(holder), ttlOf(seconds), deployment.clock());
}

function ttlOf(seconds: number): Micros {
  return BigInt(seconds) * MICROS_PER_SECOND;
}

/** The lease for calls of the store, which checks owner and token. */
export function leaseOf({ topic, owner, fencingToken }: Holder): Lease {
  return { scope: { topic, work: 'semantic' }, owner, token: fencingToken, expiresAt: 0n };
}

/** Releases the lease if it is still this owner's. Returns whether it was. A second call changes nothing. */
export async function release(deployment: AwsDeployment, topic: string, owner: string): Promise<boolean> {
  const holder = await deployment.store.leaseHolder({ topic, work: 'semantic' });
  if (holder?.owner !== owner) return false;
  await deployment.store.releaseLease(holder);
  return true;
}
