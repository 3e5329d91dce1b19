import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { mapped, oneOf, plain, type Schema } from './schema.ts';

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

/** Text of any length. */
export const TEXT = plain('text', (value): value is string => typeof value === 'string');
/** A 64-bit integer. */
export const LONG = plain(
  'a 64-bit integer',
  (value): value is bigint => typeof value === 'bigint' && value >= MIN_LONG && value <= MAX_LONG,
);
/** Bytes. */
export const BYTES = plain('bytes', (value): value is Uint8Array => value instanceof Uint8Array);
/** 0 or 1. */
export const FLAG = mapped(
  plain('0 or 1', (value): value is bigint => value === 0n || value === 1n),
  (stored) => stored === 1n,
  (flag) => (flag ? 1n : 0n),
);

/** An integer within ±2^53: a difference of counts. */
export const AMOUNT = integer(
  plain(
    'an integer within 2^53',
    (value): value is bigint => isLong(value) && Number.isSafeInteger(Number(value)),
  ),
);
/** A count of messages, rows or versions: 0 to 2^53 - 1. */
export const COUNT = integer(
  plain(
    'an integer from 0 to 2^53 - 1',
    (value): value is bigint => isLong(value) && value >= 0n && Number.isSafeInteger(Number(value)),
  ),
);

/** In JSON texts: true or false. */
export const BOOLEAN = plain('true or false', (value): value is boolean => typeof value === 'boolean');
/** In JSON texts: any number. */
export const NUMBER = plain('a number', (value): value is number => Number.isFinite(value));
/** In JSON texts: a count. */
export const JSON_COUNT = plain(
  'an integer from 0 to 2^53 - 1',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);
/** In JSON texts: a share, 0 to 1. */
export const SHARE = plain(
  'a number from 0 to 1',
  (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
);
/** In JSON texts: the decimal text of a 64-bit integer, because JSON numbers are exact only within 2^53. */
export const DECIMAL_LONG = plain(
  'the text of a 64-bit integer',
  (value): value is string => typeof value === 'string' && isDecimalLong(value),
);
/** A 64-bit integer as DECIMAL_LONG. */
export const JSON_LONG = mapped(DECIMAL_LONG, BigInt, String);

/** A code of the error taxonomy. */
export const ERROR_CODE = plain(
  'a known error code',
  (value): value is ErrorCode => typeof value === 'string' && Object.hasOwn(ERRORS, value),
);
/** The kinds of work that a lease covers. */
export const WORK = oneOf('ingest', 'semantic');

function integer(schema: Schema<bigint>): Schema<number> {
  return {
    decode: (stored) => Number(schema.decode(stored)),
    encode: (value) => schema.encode(Number.isInteger(value) ? BigInt(value) : (value as never)),
  };
}

function isLong(value: unknown): value is bigint {
  return typeof value === 'bigint';
}

function isDecimalLong(text: string): boolean {
  if (!/^-?\d{1,19}$/.test(text)) return false;
  const value = BigInt(text);
  return value >= MIN_LONG && value <= MAX_LONG;
}
