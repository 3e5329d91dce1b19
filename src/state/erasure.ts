import type { Micros } from '../base/time.ts';
import type { Lease } from './lease.ts';

/** What an erasure removed: rows and dead letters. */
export interface ErasureCounts {
  readonly rawRows: number;
  readonly semanticRows: number;
  readonly errorRows: number;
  readonly deadLetters: number;
}

export const NOTHING_ERASED: ErasureCounts = Object.freeze({
  rawRows: 0,
  semanticRows: 0,
  errorRows: 0,
  deadLetters: 0,
});

/** Table name → current snapshot id, as decimal text. */
type SnapshotIds = Readonly<Record<string, string>>;

/** The record of an erasure. Until it ends, a rerun continues it by this record. Holds no personal data. */
export interface Erasure {
  readonly topic: string;
  /** HMAC-SHA256 with the masking key over the key as the tables show it; lower-case hex. */
  readonly keyHash: string;
  readonly begunAt: Micros;
  /** null: it has not ended yet. */
  readonly endedAt: Micros | null;
  readonly counts: ErasureCounts;
  /** Dead letters in whose bodies the key could not be read: a person must check them. */
  readonly unreadableLetters: readonly string[];
  /** The only snapshot that each table has afterwards. */
  readonly snapshots: SnapshotIds;
}

export type ErasureEnd = Pick<Erasure, 'unreadableLetters' | 'snapshots'> & { readonly endedAt: Micros };

/** Erasures of keys. `recordMaintenance` adds to their counts. */
export interface ErasureStore {
  /** The key's erasure that has not ended, else a new one. */
  openErasure(lease: Lease, keyHash: string, at: Micros): Promise<Erasure>;
  closeErasure(lease: Lease, keyHash: string, end: ErasureEnd): Promise<void>;
  /** Oldest first, with those that have not ended. */
  erasures(topic: string): Promise<readonly Erasure[]>;
}
