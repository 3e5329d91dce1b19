import type { Readable } from 'node:stream';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { FaultPoints } from '../faults.ts';
import type { IngestProgress } from './result.ts';

/** Where messages come from, one JSON object a line; plain, gzip or zstd. */
export type IngestSource =
  /** Resumes, and is recognised once it has been taken. */
  | { readonly kind: 'file'; readonly path: string }
  /** Standard input: has no resume. */
  | { readonly kind: 'stream'; readonly stream: Readable };

export interface IngestOptions {
  /** Take a file that was taken already, or that changed, as a new source. */
  readonly again: boolean;
  /** Ends the call with INTERRUPTED; what was committed stays, the same call goes on from there. */
  readonly signal: AbortSignal;
  readonly faults: FaultPoints;
  /** Called once there are rows to write. */
  readonly engine: () => Promise<Engine>;
  readonly onProgress: (progress: IngestProgress) => void;
}
