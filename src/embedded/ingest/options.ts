import type { Readable } from 'node:stream';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { FaultPoints } from '../faults.ts';
import type { IngestProgress } from './result.ts';

/** An input with one JSON object per line; plain, gzip or zstd. */
export type IngestSource =
  /** A file. It resumes, and it is recognized if it was ingested before. */
  | { readonly kind: 'file'; readonly path: string }
  /** Standard input. It cannot resume. */
  | { readonly kind: 'stream'; readonly stream: Readable };

export interface IngestOptions {
  /** Ingest a file as a new source although it was ingested before or changed. */
  readonly again: boolean;
  /** Ends the call with INTERRUPTED. Commits stay, and the same call continues after them. */
  readonly signal: AbortSignal;
  readonly faults: FaultPoints;
  /** Called when there are rows to write. */
  readonly engine: () => Promise<Engine>;
  readonly onProgress: (progress: IngestProgress) => void;
}
