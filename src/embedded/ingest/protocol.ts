import type { MessagePort } from 'node:worker_threads';
import type { Micros } from '../../base/time.ts';
import type { Topic } from '../../contract/model.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import type { Refusal } from '../../raw/record.ts';
import type { StagedFiles } from './row-files.ts';

/** What main thread and scanning thread tell each other. */

/** Handed to the scanning thread at its start. */
export interface ScanJob {
  readonly topic: Topic;
  /** null: standard input. */
  readonly file: ScanFile | null;
  /** The source's name for people. */
  readonly name: string;
  readonly sourceId: string;
  /** The first message's arrival time; each further one's is 1 µs later. */
  readonly arrivedAt: Micros;
  /** Messages of this source taken before. */
  readonly messagesBefore: number;
  readonly maxFutureMicros: bigint;
  /** Source bytes in a unit. */
  readonly unitBytes: number;
  readonly deadLetterFolder: string;
  readonly permits: MessagePort;
  /** One Int32, counting permits given: the scanning thread sleeps on it. */
  readonly signal: SharedArrayBuffer;
}

export interface ScanFile {
  readonly path: string;
  /** Bytes to read; what is appended meanwhile is for the next call. */
  readonly size: number;
  readonly inode: bigint;
  readonly firstHash: string;
  readonly lastHash: string;
  /** Decompressed bytes taken before, and the hash that must stand there; null for a new source. */
  readonly resume: { readonly offset: number; readonly hash: string } | null;
}

/** Allows the scanning thread to stage one more unit. */
export interface UnitPermit {
  /** Open work of that id is stored, so a recovery finds what is staged. */
  readonly workId: string;
  /** The unit's own folder, made already. */
  readonly folder: string;
  readonly ingestionTs: Micros;
}

export type DeadBody =
  /** A range of the unit's `bodies`. */
  | { readonly kind: 'inline'; readonly start: number; readonly end: number }
  | { readonly kind: 'file'; readonly path: string; readonly size: number };

export interface StagedDeadLetter {
  readonly refusal: Refusal;
  /** Of the message in its source: bytes, and messages before it. */
  readonly offset: number;
  readonly position: number;
  readonly sha256: string;
  readonly body: DeadBody;
}

export interface StagedUnit extends StagedFiles {
  readonly permit: UnitPermit;
  readonly deadLetters: readonly StagedDeadLetter[];
  readonly bodies: Uint8Array;
  /** Messages of the source up to the unit's end. */
  readonly messages: number;
  readonly offset: number;
  readonly offsetHash: string;
  /** All of the source has been taken. */
  readonly complete: boolean;
}

export interface ScanProgress {
  readonly bytesDone: number;
  readonly messages: number;
  readonly deadLettered: number;
}

/** An error on its way between threads, where classes get lost. */
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
