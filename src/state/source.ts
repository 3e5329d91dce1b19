import type { Micros } from '../base/time.ts';

/** How far one input file has been read. The hashes identify a file that was renamed or grew. SHA-256, lower-case hex. */
export interface SourceProgress {
  /** The <id> in reception ids `file:<id>@offset`; unique over all topics. */
  readonly sourceId: string;
  readonly topic: string;
  /** As the user named it, made absolute. */
  readonly path: string;
  readonly inode: bigint;
  /** Bytes of the file on disk when last read. */
  readonly size: bigint;
  /** Over the first 64 KiB of the file at that size. */
  readonly firstHash: string;
  /** Over the last 64 KiB of the file at that size. */
  readonly lastHash: string;
  /** Decompressed bytes committed. */
  readonly offset: bigint;
  /** Over the decompressed 64 KiB before `offset`. */
  readonly offsetHash: string;
  /** Messages committed so far; substitute publish times continue from here. */
  readonly messages: bigint;
  /** The source's first-received time: set once, kept on resume. */
  readonly arrivedAt: Micros;
  /** Whether all of `size` has been committed. */
  readonly complete: boolean;
  readonly updatedAt: Micros;
}

/** A source that fits in any part is a candidate; the reader decides by hashes. */
export interface SourceLookup {
  readonly path: string;
  readonly inode: bigint;
  readonly firstHash: string;
}

/** Sources of a topic. `commitIngest` moves them. */
export interface SourceStore {
  /** Candidates, newest first. */
  findSources(topic: string, lookup: SourceLookup): Promise<readonly SourceProgress[]>;
  /** Newest first. */
  sources(topic: string): Promise<readonly SourceProgress[]>;
}
