import { bigEndian, decodeBound } from './bounds.ts';
import type { DataFile, FileContent } from './data-file.ts';
import { decimalBytes } from './manifest-schema.ts';
import type { ResolvedPartitionField } from './partition.ts';
import type { PartitionValue } from './partition-value.ts';
import { decimalType } from './promotion.ts';
import type { PrimitiveType } from './schema.ts';

/** In the order of the codes in the specification. */
const CONTENTS: readonly FileContent[] = ['data', 'position-deletes', 'equality-deletes'];

type Pairs<V> = readonly { readonly key: number; readonly value: V }[];

/** The fields of a data_file record as avsc decodes them. Fields that later versions of Iceberg added may be absent. */
interface AvroDataFile {
  readonly content?: number;
  readonly file_path: string;
  readonly file_format: string;
  readonly partition: Readonly<Record<string, PartitionValue | undefined>>;
  readonly record_count: bigint;
  readonly file_size_in_bytes: bigint;
  readonly column_sizes?: Pairs<bigint> | null;
  readonly value_counts?: Pairs<bigint> | null;
  readonly null_value_counts?: Pairs<bigint> | null;
  readonly nan_value_counts?: Pairs<bigint> | null;
  readonly lower_bounds?: Pairs<Uint8Array> | null;
  readonly upper_bounds?: Pairs<Uint8Array> | null;
  readonly key_metadata?: Uint8Array | null;
  readonly split_offsets?: readonly bigint[] | null;
  readonly equality_ids?: readonly number[] | null;
  readonly sort_order_id?: number | null;
  readonly referenced_data_file?: string | null;
}

/** A data_file record as a `DataFile`. `names`: the writer's names of the partition fields, by field id. */
export function dataFileFromAvro(
  record: Readonly<Record<string, unknown>>,
  specId: number,
  partition: readonly ResolvedPartitionField[],
  names: ReadonlyMap<number, string>,
): DataFile {
  const avro = record as unknown as AvroDataFile;
  return {
    content: CONTENTS[avro.content ?? 0] ?? 'data',
    path: avro.file_path,
    format: avro.file_format,
    specId,
    partition: partition.map((field) =>
      fromAvro(field.resultType, avro.partition[names.get(field.id) ?? '']),
    ),
    recordCount: avro.record_count,
    fileSize: avro.file_size_in_bytes,
    columnSizes: toMap(avro.column_sizes),
    valueCounts: toMap(avro.value_counts),
    nullValueCounts: toMap(avro.null_value_counts),
    nanValueCounts: toMap(avro.nan_value_counts),
    lowerBounds: toMap(avro.lower_bounds),
    upperBounds: toMap(avro.upper_bounds),
    keyMetadata: avro.key_metadata ?? null,
    splitOffsets: avro.split_offsets ?? null,
    equalityIds: avro.equality_ids ?? null,
    sortOrderId: avro.sort_order_id ?? null,
    referencedDataFile: avro.referenced_data_file ?? null,
  };
}

/** The inverse of `dataFileFromAvro`, for the manifests that Lean-Ops writes. */
export function dataFileToAvro(
  file: DataFile,
  partition: readonly ResolvedPartitionField[],
): Readonly<Record<string, unknown>> {
  const values = partition.map((field, index) => [
    field.name,
    toAvro(field.resultType, file.partition[index] ?? null),
  ]);
  const record: AvroDataFile = {
    content: CONTENTS.indexOf(file.content),
    file_path: file.path,
    file_format: file.format,
    partition: Object.fromEntries(values),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSize,
    column_sizes: toPairs(file.columnSizes),
    value_counts: toPairs(file.valueCounts),
    null_value_counts: toPairs(file.nullValueCounts),
    nan_value_counts: toPairs(file.nanValueCounts),
    lower_bounds: toBytePairs(file.lowerBounds),
    upper_bounds: toBytePairs(file.upperBounds),
    key_metadata: file.keyMetadata === null ? null : Buffer.from(file.keyMetadata),
    split_offsets: file.splitOffsets,
    equality_ids: file.equalityIds,
    sort_order_id: file.sortOrderId,
    referenced_data_file: file.referencedDataFile,
  };
  return { ...record };
}

function fromAvro(type: PrimitiveType, value: PartitionValue | undefined): PartitionValue {
  if (value instanceof Uint8Array && decimalType(type) !== null) return decodeBound(type, value);
  return value ?? null;
}

function toAvro(type: PrimitiveType, value: PartitionValue): PartitionValue {
  const decimal = decimalType(type);
  if (decimal !== null && typeof value === 'bigint')
    return signExtend(value, decimalBytes(decimal.precision));
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function signExtend(unscaled: bigint, size: number): Uint8Array {
  const shortest = bigEndian(unscaled);
  const bytes = Buffer.alloc(size, unscaled < 0n ? 0xff : 0);
  bytes.set(shortest, size - shortest.length);
  return bytes;
}

function toMap<V>(pairs: Pairs<V> | null | undefined): ReadonlyMap<number, V> | null {
  return pairs === null || pairs === undefined ? null : new Map(pairs.map(({ key, value }) => [key, value]));
}

function toPairs<V>(map: ReadonlyMap<number, V> | null): Pairs<V> | null {
  return map === null ? null : [...map].map(([key, value]) => ({ key, value }));
}

function toBytePairs(map: ReadonlyMap<number, Uint8Array> | null): Pairs<Uint8Array> | null {
  return map === null ? null : [...map].map(([key, value]) => ({ key, value: Buffer.from(value) }));
}
