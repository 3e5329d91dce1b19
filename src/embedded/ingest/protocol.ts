import type { MessagePort } from 'node:worker_threads';
import type { Micros } from '../../base/time.ts';
import type { Topic } from '../../contract/model.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import type { Refusal } from '../../raw/record.ts';
import type { StagedFiles } from './row-files.ts';

/** The messages between main thread and scanning thread. */

/** The task of the scanning thread. */
export interface ScanJob {
  readonly topic: Topic;
  /** null: standard input. */
  readonly file: FileToScan | null;
  /** The name of the source for people. */
  readonly name: string;
  readonly sourceId: string;
  /** Arrival time of the first message; each further message is 1 µs later. */
  readonly arrivedAt: Micros;
  /** Messages of this source that were ingested before. */
  readonly messagesBefore: number;
  readonly maxFutureMicros: bigint;
  /** Source bytes per unit. */
  readonly unitBytes: number;
  readonly deadLetterFolder: string;
  readonly permits: MessagePort;
  /** One Int32 that counts permits. The scanning thread waits on it. */
  readonly signal: SharedArrayBuffer;
}

export interface FileToScan {
  readonly path: string;
  /** Bytes to read. The next call reads bytes that are appended in the meantime. */
  readonly size: number;
  readonly inode: bigint;
  readonly firstHash: string;
  readonly lastHash: string;
  /** Decompressed bytes ingested before, and the hash of the bytes just before that offset; null for a new source. */
  readonly resume: { readonly offset: number; readonly hash: string } | null;
}

/** Allows the scanning thread to stage one more unit. */
export interface UnitPermit {
  /** The id of a stored open work, by which recovery finds the staged files. */
  readonly workId: string;
  /** The unit's staging folder. It exists. */
  readonly folder: string;
  readonly ingestionTs: Micros;
}

export type DeadBody =
  /** A range in the `bodies` of the unit. */
  | { readonly kind: 'inline'; readonly start: number; readonly end: number }
  | { readonly kind: 'file'; readonly path: string; readonly size: number };

export interface StagedDeadLetter {
  readonly refusal: Refusal;
  /** Position of the message in its source: bytes and messages before it. */
  readonly offset: number;
  readonly position: number;
  readonly sha256: string;
  readonly body: DeadBody;
}

export interface StagedUnit extends StagedFiles {
  readonly permit: UnitPermit;
  readonly deadLetters: readonly StagedDeadLetter[];
  readonly bodies: Uint8Array;
  /** Messages of the source up to the end of the unit. */
  readonly messages: number;
  readonly offset: number;
  readonly offsetHash: string;
  /** True if the source was read to its end. */
  readonly complete: boolean;
}

export interface ScanProgress {
  readonly bytesDone: number;
  readonly messages: number;
  readonly deadLettered: number;
}

/** An error as plain data, because classes do not survive the transfer between threads. */
export interface ScanFailure {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly detail: string;
}

export type ScanReport =
  | { readonly kind: 'progress'; readonly progress: ScanProgress }
  | { readonly kind: 'unit'; readonly unit: StagedUnit }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly failure: ScanFailure };
