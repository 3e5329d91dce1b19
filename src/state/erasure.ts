import type { Micros } from '../base/time.ts';

/** What an erasure removed, in rows and dead letters. */
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

/** The receipt of an erasure, and until its end the ticket by which a rerun finishes it. Holds no personal data. */
export interface Erasure {
  readonly topic: string;
  /** HMAC-SHA256 with the masking key over the key as the tables show it; lower-case hex. */
  readonly keyHash: string;
  readonly begunAt: Micros;
  /** null: it was begun and not ended. */
  readonly endedAt: Micros | null;
  readonly counts: ErasureCounts;
  /** Dead letters whose bodies could not be read for the key: a person has to look at them. */
  readonly unreadableLetters: readonly string[];
  /** The snapshots that the tables were left with: each table's only one. */
  readonly snapshots: SnapshotIds;
}

export type ErasureEnd = Pick<Erasure, 'unreadableLetters' | 'snapshots'> & { readonly endedAt: Micros };
