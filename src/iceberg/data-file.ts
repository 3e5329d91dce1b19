import type { PartitionValue } from './partition-value.ts';

export type FileContent = 'data' | 'position-deletes' | 'equality-deletes';

/** One data or delete file with what a manifest says of it. Maps are keyed by field id. */
export interface DataFile {
  readonly content: FileContent;
  readonly path: string;
  /** 'PARQUET' for every file that we write. */
  readonly format: string;
  readonly specId: number;
  /** In the order of the spec's fields. */
  readonly partition: readonly PartitionValue[];
  readonly recordCount: bigint;
  /** Bytes. */
  readonly fileSize: bigint;
  readonly columnSizes: ReadonlyMap<number, bigint> | null;
  readonly valueCounts: ReadonlyMap<number, bigint> | null;
  readonly nullValueCounts: ReadonlyMap<number, bigint> | null;
  readonly nanValueCounts: ReadonlyMap<number, bigint> | null;
  /** Single-value serialisation (spec: Appendix D). */
  readonly lowerBounds: ReadonlyMap<number, Uint8Array> | null;
  readonly upperBounds: ReadonlyMap<number, Uint8Array> | null;
  readonly keyMetadata: Uint8Array | null;
  readonly splitOffsets: readonly bigint[] | null;
  readonly equalityIds: readonly number[] | null;
  readonly sortOrderId: number | null;
  /** Position deletes that hit one file only name it here. */
  readonly referencedDataFile: string | null;
}
