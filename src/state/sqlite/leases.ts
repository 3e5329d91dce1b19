import type { Micros } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { LOCK, type Lock } from '../codec/lease.ts';
import type { Lease, LeaseAnswer, LeaseScope, LeaseStore } from '../lease.ts';
import type { Database } from './database.ts';
import { fromRow, long } from './row.ts';

/** Whether an owner is certainly dead; false if that is not certain. */
export type OwnerProbe = (owner: string) => boolean;

/** Leases in SQLite. */
export function leaseStore(database: Database, isOwnerDead: OwnerProbe): LeaseStore {
  return {
    acquireLease: async (scope, owner, ttl, now) =>
      database.write(() => acquireLease(database, scope, { owner, ttl, now }, isOwnerDead)),
    renewLease: async (lease, ttl, now) =>
      writeUnderLease(database, lease, () => renewLease(database, lease, ttl, now)),
    // The row stays, because its token must never be issued twice.
    releaseLease: async (lease) =>
      writeUnderLease(database, lease, () => {
        const { topic, work } = lease.scope;
        database.run('UPDATE locks SET owner = NULL WHERE topic_name = ? AND work = ?', topic, work);
      }),
    leaseHolder: async (scope) => {
      const lock = readLock(database, scope);
      if (lock === null || lock.owner === null) return null;
      return { scope, owner: lock.owner, token: lock.token, expiresAt: lock.expiresAt };
    },
  };
}

/** Runs `work` in one transaction; throws LEASE_LOST and changes nothing if the lease is no longer current. */
export function writeUnderLease<T>(database: Database, lease: Lease, work: () => T): T {
  return database.write(() => {
    requireLease(database, lease);
    return work();
  });
}

function acquireLease(
  database: Database,
  scope: LeaseScope,
  request: { readonly owner: string; readonly ttl: Micros; readonly now: Micros },
  isDead: OwnerProbe,
): LeaseAnswer {
  const lock = readLock(database, scope);
  if (lock !== null && lock.owner !== null && lock.expiresAt > request.now && !isDead(lock.owner)) {
    return { kind: 'held', owner: lock.owner, expiresAt: lock.expiresAt };
  }
  const { owner } = request;
  const token = (lock?.token ?? 0n) + 1n;
  const expiresAt = request.now + request.ttl;
  database.run(
    `INSERT INTO locks (topic_name, work, owner, expires_at, fencing_token) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at,
       fencing_token = excluded.fencing_token`,
    scope.topic,
    scope.work,
    owner,
    expiresAt,
    token,
  );
  return { kind: 'acquired', lease: { scope, owner, token, expiresAt } };
}

function renewLease(database: Database, lease: Lease, ttl: Micros, now: Micros): Lease {
  const row = database.get(
    `UPDATE locks SET expires_at = max(expires_at, ?) WHERE topic_name = ? AND work = ? RETURNING expires_at`,
    now + ttl,
    lease.scope.topic,
    lease.scope.work,
  );
  invariant(row !== null, 'a current lease has its row');
  return { ...lease, expiresAt: long(row, 'expires_at') };
}

/**
 * Throws LEASE_LOST unless this is the newest token of its scope and not released. A past expiry does not matter while
 * nobody else took the scope: the token decides, so clocks cannot break it.
 */
function requireLease(database: Database, lease: Lease): void {
  const lock = readLock(database, lease.scope);
  if (lock === null || lock.owner !== lease.owner || lock.token !== lease.token) {
    throw new LeanOpsError('LEASE_LOST', {
      operation: `working on ${lease.scope.work} of ${lease.scope.topic}`,
      detail: `fencing token ${lease.token} is no longer current (now ${lock?.token ?? 'none'})`,
    });
  }
}

function readLock(database: Database, { topic, work }: LeaseScope): Lock | null {
  const row = database.get('SELECT * FROM locks WHERE topic_name = ? AND work = ?', topic, work);
  return row === null ? null : fromRow(LOCK, 'locks', row);
}
