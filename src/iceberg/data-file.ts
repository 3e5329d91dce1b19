import type { PartitionValue } from './partition-value.ts';

export type FileContent = 'data' | 'position-deletes' | 'equality-deletes';

/** One data or delete file as a manifest describes it. The keys of the maps are field ids. */
export interface DataFile {
  readonly content: FileContent;
  readonly path: string;
  /** 'PARQUET' in every file that Lean-Ops writes. */
  readonly format: string;
  readonly specId: number;
  /** In the order of the partition spec's fields. */
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
  /** Of position deletes: the only data file that they refer to; null: there may be several. */
  readonly referencedDataFile: string | null;
}
