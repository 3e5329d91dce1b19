import type { Lease } from '../../state/lease.ts';
import type { AwsHome } from '../home.ts';

/** What an execution of the state machine shows at each step: its own ARN and the token that it was given. */
export interface Holder {
  readonly topic: string;
  readonly owner: string;
  readonly fencingToken: bigint;
}

export type BeginAnswer =
  | { readonly outcome: 'acquired'; readonly fencingToken: bigint }
  | { readonly outcome: 'held'; readonly owner: string; readonly expiresAt: bigint };

export const MICROS_PER_SECOND = 1_000_000n;

/**
 * Takes the topic's lease for an execution. `seconds` must cover the queueing and the start of a Glue job: from its
 * first line on the job renews the lease itself. Asked again by the same execution, whose first answer was lost, it gives
 * the same lease.
 */
export async function begin(
  home: AwsHome,
  topic: string,
  owner: string,
  seconds: number,
): Promise<BeginAnswer> {
  const scope = { topic, work: 'semantic' } as const;
  const ttl = BigInt(seconds) * MICROS_PER_SECOND;
  const answer = await home.store.acquireLease(scope, owner, ttl, home.clock());
  if (answer.kind === 'acquired') return { outcome: 'acquired', fencingToken: answer.lease.token };
  const holder = await home.store.leaseHolder(scope);
  if (holder?.owner === owner) return { outcome: 'acquired', fencingToken: holder.token };
  return { outcome: 'held', owner: answer.owner, expiresAt: answer.expiresAt };
}

/** The lease as its holder shows it; what it may do with it the store decides by owner and token. */
export function leaseOf({ topic, owner, fencingToken }: Holder): Lease {
  return { scope: { topic, work: 'semantic' }, owner, token: fencingToken, expiresAt: 0n };
}

/** Gives the lease back if it is still this owner's; whether it was. Asked again it changes nothing. */
export async function release(home: AwsHome, topic: string, owner: string): Promise<boolean> {
  const holder = await home.store.leaseHolder({ topic, work: 'semantic' });
  if (holder?.owner !== owner) return false;
  await home.store.releaseLease(holder);
  return true;
}
