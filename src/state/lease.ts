import type { Micros } from '../base/time.ts';

/** What a lease covers: one kind of work on one topic. */
export interface LeaseScope {
  readonly topic: string;
  readonly work: 'ingest' | 'semantic';
}

/** The right to work on a scope. Every commit presents it; a store accepts only the newest token of a scope. */
export interface Lease {
  readonly scope: LeaseScope;
  /** Unique for each opening of a workspace and for each execution on AWS. */
  readonly owner: string;
  /** Grows by one with each acquisition of the scope and never starts again. */
  readonly token: bigint;
  readonly expiresAt: Micros;
}

export type LeaseAnswer =
  | { readonly kind: 'acquired'; readonly lease: Lease }
  | { readonly kind: 'held'; readonly owner: string; readonly expiresAt: Micros };

/** Leases: one holder for each scope at a time. */
export interface LeaseStore {
  /**
   * Takes the scope if it is free, expired at `now`, or its owner is provably dead. Not reentrant: the owner itself gets
   * 'held' too. `ttl` is in microseconds.
   */
  acquireLease(scope: LeaseScope, owner: string, ttl: Micros, now: Micros): Promise<LeaseAnswer>;
  /** The same lease with a later expiry; the expiry never moves back, even if the clock does. */
  renewLease(lease: Lease, ttl: Micros, now: Micros): Promise<Lease>;
  releaseLease(lease: Lease): Promise<void>;
  /** The lease that holds the scope, expired or not; null if there is none. */
  leaseHolder(scope: LeaseScope): Promise<Lease | null>;
}
