import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import type { Lease } from '../../state/lease.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import type { RunRequest } from './run-request.ts';

/** What an execution of the state machine shows at each step: its own ARN and the token that it was given. */
export interface Holder {
  readonly topic: string;
  readonly owner: string;
  readonly fencingToken: bigint;
}

export type BeginAnswer =
  | { readonly outcome: 'acquired'; readonly fencingToken: bigint }
  /** wait: ask again in a while. */
  | { readonly outcome: 'held' | 'wait'; readonly owner: string; readonly expiresAt: bigint };

export interface BeginCall {
  readonly topic: string;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly kind: RunRequest['kind'];
  /** Of the execution. */
  readonly startedAt: Micros;
}

/** As long as a job may take by default (modules/semantic/variables.tf): then a holder that is well has given way. */
const WAIT_MICROS = 7200n * MICROS_PER_SECOND;

/**
 * Takes the topic's lease for an execution. `leaseSeconds` must cover the queueing and the start of a Glue job: from its
 * first line on the job renews the lease itself. Asked again by the same execution, whose first answer was lost, it gives
 * the same lease. Where another holds it, an incremental run gives way, for the next follows soon; others wait.
 */
export async function begin(deployment: AwsDeployment, call: BeginCall): Promise<BeginAnswer> {
  const { topic, owner } = call;
  const scope = { topic, work: 'semantic' } as const;
  const now = deployment.clock();
  const answer = await deployment.store.acquireLease(scope, owner, ttlOf(call.leaseSeconds), now);
  if (answer.kind === 'acquired') return { outcome: 'acquired', fencingToken: answer.lease.token };
  const holder = await deployment.store.leaseHolder(scope);
  if (holder?.owner === owner) return { outcome: 'acquired', fencingToken: holder.token };
  const waits = call.kind !== 'incremental' && now - call.startedAt < WAIT_MICROS;
  return { outcome: waits ? 'wait' : 'held', owner: answer.owner, expiresAt: answer.expiresAt };
}

/** Asks for the lease's whole time again. Throws LEASE_LOST. */
export async function renew(deployment: AwsDeployment, holder: Holder, seconds: number): Promise<void> {
  await deployment.store.renewLease(leaseOf(holder), ttlOf(seconds), deployment.clock());
}

function ttlOf(seconds: number): Micros {
  return BigInt(seconds) * MICROS_PER_SECOND;
}

/** The lease as its holder shows it; what it may do with it the store decides by owner and token. */
export function leaseOf({ topic, owner, fencingToken }: Holder): Lease {
  return { scope: { topic, work: 'semantic' }, owner, token: fencingToken, expiresAt: 0n };
}

/** Gives the lease back if it is still this owner's; whether it was. Asked again it changes nothing. */
export async function release(deployment: AwsDeployment, topic: string, owner: string): Promise<boolean> {
  const holder = await deployment.store.leaseHolder({ topic, work: 'semantic' });
  if (holder?.owner !== owner) return false;
  await deployment.store.releaseLease(holder);
  return true;
}
