import type { ErrorCode } from '../../errors/taxonomy.ts';

/** The result of one `ingest`. Counts are of this call, not of all calls for the source. */
export interface IngestResult {
  readonly topic: string;
  /** The file's path as given, or `-` for standard input. */
  readonly source: string;
  /** taken: read to its end in this call; already-taken: the source has nothing new. */
  readonly result: 'taken' | 'already-taken';
  readonly received: number;
  readonly raw: number;
  readonly deadLettered: number;
  readonly byError: Readonly<Partial<Record<ErrorCode, number>>>;
  /** The current snapshot of RAW after the last commit; null if RAW has none yet. */
  readonly rawSnapshotId: bigint | null;
  readonly seconds: number;
}

/** Figures since the start of this call, for a progress bar. */
export interface IngestProgress {
  /** Bytes of the source on disk, before decompression. */
  readonly bytesDone: number;
  /** null: unknown, on standard input. */
  readonly bytesTotal: number | null;
  readonly messages: number;
  readonly deadLettered: number;
}
