import type { Micros } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Lease, LeaseAnswer, LeaseScope } from '../lease.ts';
import type { Database, Expression, Write } from './database.ts';
import { type Item, long, optionalText, text } from './item.ts';

/** Whether an owner (on AWS an execution) provably works no more; false whenever that is not certain. */
export type OwnerProbe = (owner: string) => Promise<boolean>;

interface LeaseRequest {
  readonly scope: LeaseScope;
  readonly owner: string;
  readonly ttl: Micros;
  readonly now: Micros;
}

export async function acquireLease(
  database: Database,
  request: LeaseRequest,
  isDead: OwnerProbe,
): Promise<LeaseAnswer> {
  const free = 'attribute_not_exists(#owner) OR #expires_at <= :now';
  const now = { ':now': request.now };
  const answer = await take(database, request, { text: free, values: now });
  if (answer.kind === 'acquired' || !(await isDead(answer.owner))) return answer;
  const values = { ...now, ':dead': answer.owner };
  return take(database, request, { text: `${free} OR #owner = :dead`, values });
}

/** `last_call` tells an answer that was lost apart from a lease that somebody holds: the SDK has called again. */
async function take(
  database: Database,
  { scope, owner, ttl, now }: LeaseRequest,
  condition: Expression,
): Promise<LeaseAnswer> {
  const call = crypto.randomUUID();
  const expiresAt = now + ttl;
  const answer = await database.update({
    table: 'locks',
    key: keyOf(scope),
    change: {
      text: `SET #owner = :owner, #expires_at = :expires_at, #last_call = :call,
        #fencing_token = if_not_exists(#fencing_token, :zero) + :one`,
      values: { ':owner': owner, ':expires_at': expiresAt, ':call': call, ':zero': 0, ':one': 1 },
    },
    condition,
  });
  const held = answer.item === null ? null : holderOf(scope, answer.item);
  invariant(held !== null, 'a lock that was taken, or could not be, has an owner');
  if (answer.kind === 'done' || isOwnCall(answer.item, call)) return { kind: 'acquired', lease: held };
  return { kind: 'held', owner: held.owner, expiresAt: held.expiresAt };
}

export async function renewLease(database: Database, lease: Lease, ttl: Micros, now: Micros): Promise<Lease> {
  const current = currentCondition(lease);
  const answer = await database.update({
    table: 'locks',
    key: keyOf(lease.scope),
    change: { text: 'SET #expires_at = :expires_at', values: { ':expires_at': now + ttl } },
    condition: { ...current, text: `${current.text} AND #expires_at < :expires_at` },
  });
  // Refused for its expiry only: it already lies later.
  if (answer.item === null || !isCurrent(answer.item, lease)) throw lost(lease, answer.item);
  return { ...lease, expiresAt: long(answer.item, 'expires_at') };
}

/** The item stays: its token must never be given out twice. */
export async function releaseLease(database: Database, lease: Lease): Promise<void> {
  const call = crypto.randomUUID();
  const answer = await database.update({
    table: 'locks',
    key: keyOf(lease.scope),
    change: { text: 'SET #last_call = :call REMOVE #owner', values: { ':call': call } },
    condition: currentCondition(lease),
  });
  if (answer.kind === 'refused' && !isOwnCall(answer.item, call)) throw lost(lease, answer.item);
}

export async function leaseHolder(database: Database, scope: LeaseScope): Promise<Lease | null> {
  const item = await database.get('locks', keyOf(scope));
  return item === null ? null : holderOf(scope, item);
}

/** As `leaseCheck`, for the right error before anything else is looked at. */
export async function requireLease(database: Database, lease: Lease): Promise<void> {
  const item = await database.get('locks', keyOf(lease.scope));
  if (item === null || !isCurrent(item, lease)) throw lost(lease, item);
}

/**
 * The part of a transaction that refuses a stale holder. An expiry that has passed does not matter as long as nobody
 * else took over: the token decides, so clocks can't break it.
 */
export function leaseCheck(lease: Lease): Write {
  return { kind: 'check', table: 'locks', key: keyOf(lease.scope), condition: currentCondition(lease) };
}

function keyOf({ topic, work }: LeaseScope) {
  return { topic_name: `${topic}#${work}` };
}

function currentCondition({ owner, token }: Lease): Expression {
  return {
    text: '#owner = :lease_owner AND #fencing_token = :lease_token',
    values: { ':lease_owner': owner, ':lease_token': token },
  };
}

function isCurrent(item: Item, { owner, token }: Lease): boolean {
  return optionalText(item, 'owner') === owner && long(item, 'fencing_token') === token;
}

function isOwnCall(item: Item | null, call: string): boolean {
  return item !== null && optionalText(item, 'last_call') === call;
}

function holderOf(scope: LeaseScope, item: Item): Lease | null {
  if (item.owner === undefined) return null;
  const token = long(item, 'fencing_token');
  return { scope, owner: text(item, 'owner'), token, expiresAt: long(item, 'expires_at') };
}

function lost(lease: Lease, item: Item | null): LeanOpsError {
  const now = item === null ? 'none' : long(item, 'fencing_token');
  return new LeanOpsError('LEASE_LOST', {
    operation: `working on ${lease.scope.work} of ${lease.scope.topic}`,
    detail: `fencing token ${lease.token} is no longer current (now ${now})`,
  });
}
