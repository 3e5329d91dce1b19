import type { Micros } from '../base/time.ts';

/** What a lease covers: one kind of work on one topic. */
export interface LeaseScope {
  readonly topic: string;
  readonly work: 'ingest' | 'semantic';
}

/** The right to work on a scope. Every commit shows it; only the newest token of a scope is honoured. */
export interface Lease {
  readonly scope: LeaseScope;
  /** Who works, unique for each opening of a workspace or each execution. */
  readonly owner: string;
  /** Grows by one with each acquisition of the scope, for ever. */
  readonly token: bigint;
  readonly expiresAt: Micros;
}

export type LeaseAnswer =
  | { readonly kind: 'acquired'; readonly lease: Lease }
  | { readonly kind: 'held'; readonly owner: string; readonly expiresAt: Micros };
