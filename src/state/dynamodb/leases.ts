import { invariant, LeanOpsError } from '../../errors/error.ts';
import { LOCK, type Lock } from '../codec/lease.ts';
import type { Lease, LeaseAnswer, LeaseScope, LeaseStore } from '../lease.ts';
import type { Database, Expression, Write } from './database.ts';
import { fromItem, type Item } from './item.ts';

/** Whether an owner (on AWS an execution) is certainly dead; false if that is not certain. */
export type OwnerProbe = (owner: string) => Promise<boolean>;

/** Leases in DynamoDB. */
export function leaseStore(database: Database, isOwnerDead: OwnerProbe): LeaseStore {
  return {
    acquireLease: async (scope, owner, ttl, now) => {
      const wanted = { scope, owner, expiresAt: now + ttl };
      const free = 'attribute_not_exists(#owner) OR #expires_at <= :now';
      const values = { ':now': now };
      const answer = await take(database, wanted, { text: free, values });
      if (answer.kind === 'acquired' || !(await isOwnerDead(answer.owner))) return answer;
      return take(database, wanted, {
        text: `${free} OR #owner = :dead`,
        values: { ...values, ':dead': answer.owner },
      });
    },
    renewLease: async (lease, ttl, now) => {
      const current = currentCondition(lease);
      const answer = await database.update({
        table: 'locks',
        key: keyOf(lease.scope),
        change: { text: 'SET #expires_at = :expires_at', values: { ':expires_at': now + ttl } },
        condition: { ...current, text: `${current.text} AND #expires_at < :expires_at` },
      });
      // Refused because of its expiry only: the stored one is already later.
      const lock = lockOf(answer.item);
      if (lock === null || !isCurrent(lock, lease)) throw lost(lease, lock);
      return { ...lease, expiresAt: lock.expiresAt };
    },
    // The item stays, because its token must never be issued twice.
    releaseLease: async (lease) => {
      const call = crypto.randomUUID();
      const answer = await database.update({
        table: 'locks',
        key: keyOf(lease.scope),
        change: { text: 'SET #last_call = :call REMOVE #owner', values: { ':call': call } },
        condition: currentCondition(lease),
      });
      if (answer.kind === 'refused' && !isOwnCall(answer.item, call)) throw lost(lease, lockOf(answer.item));
    },
    leaseHolder: async (scope) => holderOf(scope, lockOf(await database.get('locks', keyOf(scope)))),
  };
}

/** As `leaseCheck`, so that a stale holder gets LEASE_LOST before anything else is read. */
export async function requireLease(database: Database, lease: Lease): Promise<void> {
  const lock = lockOf(await database.get('locks', keyOf(lease.scope)));
  if (lock === null || !isCurrent(lock, lease)) throw lost(lease, lock);
}

/**
 * The part of a transaction that refuses a stale holder. A past expiry does not matter while nobody else took the scope:
 * the token decides, so clocks cannot break it.
 */
export function leaseCheck(lease: Lease): Write {
  return { kind: 'check', table: 'locks', key: keyOf(lease.scope), condition: currentCondition(lease) };
}

/**
 * Takes the lease if the condition holds. The SDK repeats a call whose answer was lost; `last_call` distinguishes that
 * from a lease of somebody else.
 */
async function take(
  database: Database,
  { scope, owner, expiresAt }: Omit<Lease, 'token'>,
  condition: Expression,
): Promise<LeaseAnswer> {
  const call = crypto.randomUUID();
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
  const held = holderOf(scope, lockOf(answer.item));
  invariant(held !== null, 'a lock that was taken, or could not be, has an owner');
  if (answer.kind === 'done' || isOwnCall(answer.item, call)) return { kind: 'acquired', lease: held };
  return { kind: 'held', owner: held.owner, expiresAt: held.expiresAt };
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

function isCurrent(lock: Lock, { owner, token }: Lease): boolean {
  return lock.owner === owner && lock.token === token;
}

function isOwnCall(item: Item | null, call: string): boolean {
  return item?.last_call?.S === call;
}

function lockOf(item: Item | null): Lock | null {
  return item === null ? null : fromItem(LOCK, 'locks', item);
}

function holderOf(scope: LeaseScope, lock: Lock | null): Lease | null {
  if (lock === null || lock.owner === null) return null;
  return { scope, owner: lock.owner, token: lock.token, expiresAt: lock.expiresAt };
}

function lost(lease: Lease, lock: Lock | null): LeanOpsError {
  return new LeanOpsError('LEASE_LOST', {
    operation: `working on ${lease.scope.work} of ${lease.scope.topic}`,
    detail: `fencing token ${lease.token} is no longer current (now ${lock?.token ?? 'none'})`,
  });
}
