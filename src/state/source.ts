import type { Micros } from '../base/time.ts';

/** How far one input has been taken (DESIGN 5, file identity). Hashes are SHA-256 in lower-case hex. */
export interface SourceProgress {
  /** The <id> in reception ids `file:<id>@offset`; unique over all topics. */
  readonly sourceId: string;
  readonly topic: string;
  /** As the user named it, made absolute. */
  readonly path: string;
  readonly inode: bigint;
  /** Bytes of the file as it lies on disk when last read. */
  readonly size: bigint;
  /** Over the first 64 KiB of the file at that size. */
  readonly firstHash: string;
  /** Over the last 64 KiB of the file at that size. */
  readonly lastHash: string;
  /** Decompressed bytes taken. */
  readonly offset: bigint;
  /** Over the decompressed 64 KiB before `offset`. */
  readonly offsetHash: string;
  /** Messages taken so far: positions for publish times that arrival stands in for. */
  readonly messages: bigint;
  /** The source's first-received time: set once, kept on resume. */
  readonly arrivedAt: Micros;
  /** Whether all of `size` has been taken. */
  readonly complete: boolean;
  readonly updatedAt: Micros;
}

/** Any part that fits makes a candidate; the reader decides by hashes which one it is. */
export interface SourceLookup {
  readonly path: string;
  readonly inode: bigint;
  readonly firstHash: string;
}
