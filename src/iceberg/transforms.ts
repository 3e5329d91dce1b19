import { MICROS_PER_DAY, MICROS_PER_HOUR, MS_PER_DAY } from '../base/time.ts';
import { LeanOpsError } from '../errors/error.ts';
import { bigEndian } from './bounds.ts';
import { murmur3, murmur3Long } from './murmur3.ts';
import type { PartitionValue } from './partition-value.ts';
import { decimalType } from './promotion.ts';
import type { PrimitiveType } from './schema.ts';

const EPOCH_YEAR = 1970;
const BUCKET = /^bucket\[(\d+)\]$/;

/** A partition transform (spec: Partition Transforms). Spark turns a dropped field into 'void'. */
export type Transform =
  | { readonly kind: 'identity' | 'hour' | 'day' | 'month' | 'year' | 'void' }
  | { readonly kind: 'bucket'; readonly buckets: number };

/** Parses the specification's text form. Throws TABLE_UNSUPPORTED for transforms that Lean-Ops does not write. */
export function parseTransform(text: string): Transform {
  const bucket = BUCKET.exec(text);
  if (bucket !== null) return { kind: 'bucket', buckets: Number(bucket[1]) };
  switch (text) {
    case 'identity':
    case 'hour':
    case 'day':
    case 'month':
    case 'year':
    case 'void':
      return { kind: text };
    default:
      throw new LeanOpsError('TABLE_UNSUPPORTED', {
        operation: 'reading a partition spec',
        detail: `transform ${text}`,
      });
  }
}

/** The type of the transform's result. That of 'day' is date, as the reference implementation stores it. */
export function transformedType(transform: Transform, source: PrimitiveType): PrimitiveType {
  switch (transform.kind) {
    case 'identity':
    case 'void':
      return source;
    case 'day':
      return 'date';
    case 'hour':
    case 'month':
    case 'year':
    case 'bucket':
      return 'int';
  }
}

/** The partition value of one column value. The SQL of the Parquet writer must give the same. */
export function applyTransform(
  transform: Transform,
  source: PrimitiveType,
  value: PartitionValue,
): PartitionValue {
  if (value === null || transform.kind === 'void') return null;
  switch (transform.kind) {
    case 'identity':
      return value;
    case 'hour':
      return Number(floorDivide(asLong(value), MICROS_PER_HOUR));
    case 'day':
      return days(source, value);
    case 'month':
      return months(days(source, value));
    case 'year':
      return Math.floor(months(days(source, value)) / 12);
    case 'bucket':
      return bucketOf(hashValue(source, value), transform.buckets);
  }
}

/** The non-negative remainder of a hash (spec: Bucket Transform Details). */
function bucketOf(hash: number, buckets: number): number {
  return (hash & 0x7fffffff) % buckets;
}

function hashValue(source: PrimitiveType, value: Exclude<PartitionValue, null>): number {
  if (value instanceof Uint8Array) return murmur3(value);
  if (typeof value === 'string') return murmur3(Buffer.from(value, 'utf8'));
  if (decimalType(source) !== null) return murmur3(bigEndian(asLong(value)));
  return murmur3Long(asLong(value));
}

function days(source: PrimitiveType, value: Exclude<PartitionValue, null>): number {
  return Number(source === 'date' ? asLong(value) : floorDivide(asLong(value), MICROS_PER_DAY));
}

function months(day: number): number {
  const date = new Date(day * MS_PER_DAY);
  return (date.getUTCFullYear() - EPOCH_YEAR) * 12 + date.getUTCMonth();
}

function asLong(value: Exclude<PartitionValue, null>): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return BigInt(value);
  throw new LeanOpsError('INTERNAL', {
    operation: 'applying a partition transform',
    detail: `the value is not an integer but ${typeof value}`,
  });
}

/** Rounds down, so that times before 1970 belong to the unit that contains them. */
function floorDivide(value: bigint, unit: bigint): bigint {
  const quotient = value / unit;
  return value % unit < 0n ? quotient - 1n : quotient;
}
