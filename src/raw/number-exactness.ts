import { DOT, isDigit, LOWER_E, MINUS, PLUS, UPPER_E, ZERO } from './bytes.ts';

/** A decimal of up to 15 significant digits survives a round trip through a double (IEEE 754: DBL_DIG). */
const MAX_SIGNIFICANT_DIGITS = 15;
/** 1e-307 ≤ |v| < 1e308: a normal double with a margin at both ends. */
const MIN_MAGNITUDE = -307;
const MAX_MAGNITUDE = 307;
/** Larger exponents need no exact value: a message is too short to compensate for them with digits. */
const EXPONENT_CAP = 1e9;

const INT64_MAX = '9223372036854775807';
const INT64_MIN = '9223372036854775808';

function fitsInt64(bytes: Uint8Array, start: number, end: number): boolean {
  const negative = bytes[start] === MINUS;
  const from = negative ? start + 1 : start;
  if (end - from !== INT64_MAX.length) return end - from < INT64_MAX.length;
  const limit = negative ? INT64_MIN : INT64_MAX;
  for (let i = 0; i < limit.length; i++) {
    const difference = (bytes[from + i] as number) - limit.charCodeAt(i);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function exponentValue(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start] as number;
  let value = 0;
  for (let i = sign === MINUS || sign === PLUS ? start + 1 : start; i < end; i++) {
    value = Math.min(value * 10 + (bytes[i] as number) - ZERO, EXPONENT_CAP);
  }
  return sign === MINUS ? -value : value;
}

/**
 * Returns true if engines hold the number exactly (the number is plain): an integer within int64, or 0, or at
 * most 15 significant digits and 1e-307 ≤ |v| < 1e308. Zeros at either end do not count as digits, because
 * they do not change the value. `[start, end)` is a number token of JSON's grammar.
 */
export function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let significant = 0;
  let pendingZeros = 0;
  let magnitude = 0;
  let pointAt = -1;
  let digits = 0;
  let firstDigit = -1;
  let i = start;
  for (; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === LOWER_E || byte === UPPER_E) break;
    if (byte === DOT) pointAt = digits;
    if (!isDigit(byte)) continue;
    if (byte !== ZERO) {
      if (firstDigit < 0) firstDigit = digits;
      significant += pendingZeros + 1;
      pendingZeros = 0;
    } else if (firstDigit >= 0) pendingZeros += 1;
    digits += 1;
  }
  if (firstDigit < 0) return true;
  const isInteger = pointAt < 0 && i === end;
  if (isInteger && fitsInt64(bytes, start, end)) return true;
  if (significant > MAX_SIGNIFICANT_DIGITS) return false;
  magnitude = (pointAt < 0 ? digits : pointAt) - firstDigit - 1;
  if (i < end) magnitude += exponentValue(bytes, i + 1, end);
  return magnitude >= MIN_MAGNITUDE && magnitude <= MAX_MAGNITUDE;
}
