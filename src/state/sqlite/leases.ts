import type { Micros } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Lease, LeaseAnswer, LeaseScope } from '../lease.ts';
import type { Database } from './database.ts';
import { long, optionalText } from './row.ts';

/** Whether an owner provably works no more; false whenever that is not certain. */
export type OwnerProbe = (owner: string) => boolean;

interface Lock {
  readonly owner: string | null;
  readonly expiresAt: Micros;
  readonly token: bigint;
}

export function acquireLease(
  database: Database,
  scope: LeaseScope,
  request: { readonly owner: string; readonly ttl: Micros; readonly now: Micros },
  isDead: OwnerProbe,
): LeaseAnswer {
  const lock = readLock(database, scope);
  if (lock !== null && lock.owner !== null && lock.expiresAt > request.now && !isDead(lock.owner)) {
    return { kind: 'held', owner: lock.owner, expiresAt: lock.expiresAt };
  }
  const token = (lock?.token ?? 0n) + 1n;
  const expiresAt = request.now + request.ttl;
  database.run(
    `INSERT INTO locks (topic_name, work, owner, expires_at, fencing_token) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at,
       fencing_token = excluded.fencing_token`,
    scope.topic,
    scope.work,
    request.owner,
    expiresAt,
    token,
  );
  return { kind: 'acquired', lease: { scope, owner: request.owner, token, expiresAt } };
}

export function renewLease(database: Database, lease: Lease, ttl: Micros, now: Micros): Lease {
  requireLease(database, lease);
  const row = database.get(
    `UPDATE locks SET expires_at = max(expires_at, ?) WHERE topic_name = ? AND work = ? RETURNING expires_at`,
    now + ttl,
    lease.scope.topic,
    lease.scope.work,
  );
  invariant(row !== null, 'a current lease has its row');
  return { ...lease, expiresAt: long(row, 'expires_at') };
}

/** The row stays: its token must never be given out twice. */
export function releaseLease(database: Database, lease: Lease): void {
  requireLease(database, lease);
  database.run(
    'UPDATE locks SET owner = NULL WHERE topic_name = ? AND work = ?',
    lease.scope.topic,
    lease.scope.work,
  );
}

export function leaseHolder(database: Database, scope: LeaseScope): Lease | null {
  const lock = readLock(database, scope);
  if (lock === null || lock.owner === null) return null;
  return { scope, owner: lock.owner, token: lock.token, expiresAt: lock.expiresAt };
}

/**
 * Throws LEASE_LOST unless this is the newest token of its scope and not released. An expiry that has passed does
 * not matter as long as nobody else took over: the token decides, so clocks can't break it.
 */
export function requireLease(database: Database, lease: Lease): void {
  const lock = readLock(database, lease.scope);
  if (lock === null || lock.owner !== lease.owner || lock.token !== lease.token) {
    throw new LeanOpsError('LEASE_LOST', {
      operation: `working on ${lease.scope.work} of ${lease.scope.topic}`,
      detail: `fencing token ${lease.token} is no longer current (now ${lock?.token ?? 'none'})`,
    });
  }
}

function readLock(database: Database, scope: LeaseScope): Lock | null {
  const row = database.get(
    'SELECT owner, expires_at, fencing_token FROM locks WHERE topic_name = ? AND work = ?',
    scope.topic,
    scope.work,
  );
  if (row === null) return null;
  return {
    owner: optionalText(row, 'owner'),
    expiresAt: long(row, 'expires_at'),
    token: long(row, 'fencing_token'),
  };
}
