import { MICROS_PER_MS, MS_PER_DAY } from '../../base/time.ts';
import type { PartitionValue } from '../../iceberg/partition-value.ts';
import { decimalType } from '../../iceberg/promotion.ts';
import type { PrimitiveType } from '../../iceberg/schema.ts';

const DATE = /^(\d{4,6})-(\d\d)-(\d\d)$/;
const TIMESTAMP = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/;

/**
 * Reads a value as DuckDB prints it in file statistics and partition keys. Dates are days and timestamps microseconds
 * since 1970. null for values that cannot be a bound: NaN, infinite times, years before 1, types without an order.
 */
export function parseValue(type: PrimitiveType, text: string): Exclude<PartitionValue, null> | null {
  if (decimalType(type) !== null) return BigInt(text.replace('.', ''));
  switch (type) {
    case 'boolean':
      return text === '1' || text === 'true';
    case 'int':
      return Number(text);
    case 'long':
      return BigInt(text);
    case 'float':
    case 'double':
      return parseDouble(text);
    case 'date':
      return parseDate(text);
    case 'timestamp':
    case 'timestamptz':
      return parseTimestamp(text);
    case 'string':
      return text;
    default:
      return null;
  }
}

function parseDouble(text: string): number | null {
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

function parseDate(text: string): number | null {
  const match = DATE.exec(text);
  if (match === null) return null;
  return utcMs(match) / MS_PER_DAY;
}

function parseTimestamp(text: string): bigint | null {
  const match = TIMESTAMP.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [match[4], match[5], match[6]].map(Number);
  const ms = utcMs(match) + (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
  return BigInt(ms) * MICROS_PER_MS + BigInt((match[7] ?? '').padEnd(6, '0'));
}

/** Date.UTC reads years below 100 as 1900 to 1999, so the year is set separately. */
function utcMs(match: RegExpExecArray): number {
  const [year, month, day] = [match[1], match[2], match[3]].map(Number);
  return new Date(0).setUTCFullYear(year ?? 0, (month ?? 1) - 1, day ?? 1);
}
