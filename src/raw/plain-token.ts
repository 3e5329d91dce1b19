import * as bytesOfJson from './bytes.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { byteAt, DOT, firstByteOf, isDigit, LOWER_E, MINUS, SPECIAL_IN_STRING, specialBytes, UPPER_E, ZERO } =
  bytesOfJson;

/** Fast checks for the most common tokens. The full checks handle everything else. */

/** The first byte of a string, from `i` on, that is not a plain ASCII character; `end` if there is none. */
export function plainStringEnd(view: DataView, bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  for (; i + 4 <= end; i += 4) {
    const special = specialBytes(view.getInt32(i, true));
    if (special !== 0) return i + firstByteOf(special);
  }
  while (i < end && SPECIAL_IN_STRING[bytes[i] as number] === 0) i++;
  return i;
}

/**
 * The index after a number that is certainly plain (see number-exactness.ts); -1 if it needs the full check.
 */
export function plainNumberEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = bytes[start] === MINUS ? start + 1 : start;
  const first = i;
  while (isDigit(byteAt(bytes, i, end))) i++;
  const digits = i - first;
  // 18 digits always fit int64. A leading zero has no digits after it.
  if (digits === 0 || digits > 18 || (digits > 1 && bytes[first] === ZERO)) return -1;
  let byte = byteAt(bytes, i, end);
  if (byte === DOT) {
    const point = i++;
    while (isDigit(byteAt(bytes, i, end))) i++;
    // A double always keeps 15 digits.
    if (i === point + 1 || i - first > 16) return -1;
    byte = byteAt(bytes, i, end);
  }
  return byte === LOWER_E || byte === UPPER_E ? -1 : i;
}
