import * as bytesOfJson from './bytes.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { byteAt, COLON, DOT, isDigit, MINUS, PLUS, ZERO } = bytesOfJson;

/** A point in time. One object, reused. Microseconds since 1970 are millis × 1000 + micros. */
export class Instant {
  millis = 0;
  /** 0..999 */
  micros = 0;
}

/**
 * 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: the range that every engine and Iceberg reader supports.
 */
const MIN_MILLIS = -62_135_596_800_000;
const MAX_MILLIS = 253_402_300_799_999;

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function twoDigits(bytes: Uint8Array, i: number): number {
  const tens = bytes[i] as number;
  const ones = bytes[i + 1] as number;
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : -1;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days since 1970-01-01 of the date at `i` (YYYY-MM-DD); NaN if the calendar has no such date. */
function dayNumber(bytes: Uint8Array, i: number): number {
  const century = twoDigits(bytes, i);
  const rest = twoDigits(bytes, i + 2);
  const month = twoDigits(bytes, i + 5);
  const day = twoDigits(bytes, i + 8);
  const separated = bytes[i + 4] === MINUS && bytes[i + 7] === MINUS;
  const year = century * 100 + rest;
  if (!separated || century < 0 || rest < 0 || year < 1 || month < 1 || month > 12 || day < 1)
    return Number.NaN;
  const leapDay = month === 2 && isLeap(year) ? 1 : 0;
  if (day > (DAYS_IN_MONTH[month - 1] as number) + leapDay) return Number.NaN;
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const passedLeapDay = month > 2 && isLeap(year) ? 1 : 0;
  // 719,162 days lie between 0001-01-01 and 1970-01-01.
  return before * 365 + leaps + (DAYS_BEFORE_MONTH[month - 1] as number) + passedLeapDay + day - 1 - 719_162;
}

/** The offset at `i` (Z or ±HH:MM, up to `end`) in milliseconds east of UTC; NaN for anything else. */
function offsetMillis(bytes: Uint8Array, i: number, end: number): number {
  const first = byteAt(bytes, i, end) | 0x20;
  if (first === 0x7a) return end - i === 1 ? 0 : Number.NaN;
  const sign = byteAt(bytes, i, end);
  if (end - i !== 6 || (sign !== PLUS && sign !== MINUS) || bytes[i + 3] !== COLON) return Number.NaN;
  const hours = twoDigits(bytes, i + 1);
  const minutes = twoDigits(bytes, i + 4);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  return (sign === MINUS ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * Reads an RFC 3339 date-time with offset. Digits beyond microseconds are cut off; RAW keeps the text. A leap
 * second (`:60`) and `24:00` are invalid. False: the text is not a valid time.
 */
export function readRfc3339(bytes: Uint8Array, start: number, end: number, into: Instant): boolean {
  if (end - start < 20 || ((bytes[start + 10] as number) | 0x20) !== 0x74) return false;
  const days = dayNumber(bytes, start);
  const hours = twoDigits(bytes, start + 11);
  const minutes = twoDigits(bytes, start + 14);
  const seconds = twoDigits(bytes, start + 17);
  const separated = bytes[start + 13] === COLON && bytes[start + 16] === COLON;
  if (!separated || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
  if (seconds < 0 || seconds > 59) return false;
  let i = start + 19;
  let fraction = 0;
  if (bytes[i] === DOT) {
    const firstDigit = ++i;
    for (; isDigit(byteAt(bytes, i, end)); i++) {
      if (i < firstDigit + 6) fraction = fraction * 10 + (bytes[i] as number) - ZERO;
    }
    if (i === firstDigit) return false;
    for (let digits = i - firstDigit; digits < 6; digits++) fraction *= 10;
  }
  const wall =
    days * 86_400_000 + (hours * 3600 + minutes * 60 + seconds) * 1000 + Math.floor(fraction / 1000);
  return settle(into, wall - offsetMillis(bytes, i, end), fraction % 1000);
}

/** Reads epoch milliseconds from an integer token. */
export function readEpochMillis(bytes: Uint8Array, start: number, end: number, into: Instant): boolean {
  const negative = bytes[start] === MINUS;
  let value = 0;
  for (let i = negative ? start + 1 : start; i < end; i++) {
    if (!isDigit(bytes[i] as number)) return false;
    value = value * 10 + (bytes[i] as number) - ZERO;
  }
  return settle(into, negative ? -value : value, 0);
}

/** NaN fails both comparisons. */
function settle(into: Instant, millis: number, micros: number): boolean {
  into.millis = millis;
  into.micros = micros;
  return millis >= MIN_MILLIS && millis <= MAX_MILLIS;
}
