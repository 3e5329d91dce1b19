import { LeanOpsError } from '../errors/error.ts';
import type { PartitionValue } from './partition-value.ts';
import { decimalType } from './promotion.ts';
import type { PrimitiveType } from './schema.ts';

/** In code points. Spark and PyIceberg cut string bounds at the same length (write.metadata.metrics.default: truncate(16)). */
const BOUND_CODE_POINTS = 16;
const MAX_CODE_POINT = 0x10ffff;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

const TEXT = new TextEncoder();
const BYTES = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A bound in single-value serialisation (spec: Appendix D). */
export function encodeBound(type: PrimitiveType, value: Exclude<PartitionValue, null>): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return TEXT.encode(value);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  if (decimalType(type) !== null) return bigEndian(BigInt(value));
  return encodeNumber(type, value);
}

function encodeNumber(type: PrimitiveType, value: number | bigint): Uint8Array {
  const four = type === 'int' || type === 'date' || type === 'float';
  const bytes = new Uint8Array(four ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (type === 'int' || type === 'date') view.setInt32(0, Number(value), true);
  else if (type === 'float') view.setFloat32(0, Number(value), true);
  else if (type === 'double') view.setFloat64(0, Number(value), true);
  else view.setBigInt64(0, BigInt(value), true);
  return bytes;
}

/** The inverse of `encodeBound`. The bounds of a column that was promoted from int to long may have four bytes. */
export function decodeBound(type: PrimitiveType, bytes: Uint8Array): Exclude<PartitionValue, null> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (decimalType(type) !== null) return fromBigEndian(bytes);
  switch (type) {
    case 'boolean':
      return bytes[0] !== 0;
    case 'int':
    case 'date':
      return view.getInt32(0, true);
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return bytes.length === 4 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true);
    case 'float':
      return view.getFloat32(0, true);
    case 'double':
      return bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
    case 'string':
      return BYTES.decode(bytes);
    default:
      return bytes;
  }
}

/** Shortest big-endian two's complement: the form of decimals in bounds and in bucket hashes. */
export function bigEndian(unscaled: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = unscaled;
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!isSignOnly(rest, bytes[0] ?? 0));
  return Uint8Array.from(bytes);
}

function isSignOnly(rest: bigint, topByte: number): boolean {
  return (rest === 0n && topByte < 0x80) || (rest === -1n && topByte >= 0x80);
}

function fromBigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** At most 16 code points that do not sort after `text`. A prefix sorts before every text that starts with it. */
export function truncateLower(text: string): string {
  return [...firstCodePoints(text)].join('');
}

/** At most 16 code points that do not sort before `text`; null: no such text exists, so there is no bound. */
export function truncateUpper(text: string): string | null {
  const points = firstCodePoints(text);
  if (points.join('').length === text.length) return text;
  for (let index = points.length - 1; index >= 0; index -= 1) {
    const next = nextCodePoint(points[index]?.codePointAt(0) ?? MAX_CODE_POINT);
    if (next !== null) return points.slice(0, index).join('') + String.fromCodePoint(next);
  }
  return null;
}

/** Reads no more of the text than it needs, because payloads are long. */
function firstCodePoints(text: string): string[] {
  return [...text.slice(0, BOUND_CODE_POINTS * 2)].slice(0, BOUND_CODE_POINTS);
}

/** UTF-8 has no encoding for surrogates, so they are skipped. */
function nextCodePoint(point: number): number | null {
  if (point >= MAX_CODE_POINT) return null;
  const next = point + 1;
  return next >= FIRST_SURROGATE && next <= LAST_SURROGATE ? LAST_SURROGATE + 1 : next;
}

/** Negative, 0 or positive. Compares two bounds of one type: strings and binary by unsigned bytes, others by value. */
export function compareValues(
  left: Exclude<PartitionValue, null>,
  right: Exclude<PartitionValue, null>,
): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(TEXT.encode(left), TEXT.encode(right));
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  if (typeof left === typeof right) return left < right ? -1 : left > right ? 1 : 0;
  throw new LeanOpsError('INTERNAL', {
    operation: 'comparing bounds',
    detail: `${typeof left} with ${typeof right}`,
  });
}
