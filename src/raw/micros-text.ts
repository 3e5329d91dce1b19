import * as jsonBytes from './bytes.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { ZERO } = jsonBytes;

/** Splits a number of milliseconds into two small integers. */
const HALF = 1_000_000;

/**
 * Writes millis × 1000 + micros, which a Number may not hold, as decimal text. Returns the position after it.
 * V8 prints a number of milliseconds as a floating-point number, which takes longer than the rest of a row.
 */
export function writeMicros(buffer: Uint8Array, at: number, millis: number, micros: number): number {
  if (millis < 1) return writeAscii(buffer, at, String(BigInt(millis) * 1000n + BigInt(micros)));
  const high = Math.floor(millis / HALF);
  const behind =
    high > 0
      ? writeDigits(buffer, writeAscii(buffer, at, String(high)), millis - high * HALF, 6)
      : writeAscii(buffer, at, String(millis));
  return writeDigits(buffer, behind, micros, 3);
}

function writeAscii(buffer: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) buffer[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function writeDigits(buffer: Uint8Array, at: number, value: number, width: number): number {
  let rest = value;
  for (let place = at + width - 1; place >= at; place--) {
    const next = (rest / 10) | 0;
    buffer[place] = ZERO + rest - 10 * next;
    rest = next;
  }
  return at + width;
}
