import type { ErrorCode } from '../../errors/taxonomy.ts';

/** What one `ingest` did (DESIGN 11). Counts are of this call, not of the source's whole life. */
export interface IngestResult {
  readonly topic: string;
  /** The file's path as given, or `-` for standard input. */
  readonly source: string;
  /** taken: read to its end in this call; already-taken: nothing new in it, nothing done. */
  readonly result: 'taken' | 'already-taken';
  readonly received: number;
  readonly raw: number;
  readonly deadLettered: number;
  readonly byError: Readonly<Partial<Record<ErrorCode, number>>>;
  /** The RAW table's snapshot after the last commit; null where the table holds none yet. */
  readonly rawSnapshotId: bigint | null;
  readonly seconds: number;
}

/** Figures since the start of this call, for a progress bar. */
export interface IngestProgress {
  /** Bytes of the source as it lies on disk (compressed, if it is). */
  readonly bytesDone: number;
  /** null: not known (standard input). */
  readonly bytesTotal: number | null;
  readonly messages: number;
  readonly deadLettered: number;
}
