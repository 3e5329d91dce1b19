import * as bytesOfJson from './bytes.ts';

// A module's own constants V8 folds into its code; imported ones it would load and check at each use.
const { byteAt, DOT, firstByteOf, isDigit, LOWER_E, MINUS, SPECIAL_IN_STRING, specialBytes, UPPER_E, ZERO } =
  bytesOfJson;

/** The quick ways through the tokens that most messages are made of; what they don't know is for the slow ways. */

/** The first byte of a string, from `i` on, that is no plain ASCII character; `end` where all are. */
export function plainStringEnd(view: DataView, bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  for (; i + 4 <= end; i += 4) {
    const special = specialBytes(view.getInt32(i, true));
    if (special !== 0) return i + firstByteOf(special);
  }
  while (i < end && SPECIAL_IN_STRING[bytes[i] as number] === 0) i++;
  return i;
}

/** Behind a number that is surely plain (see number-exactness.ts); -1 where a closer look is needed. */
export function plainNumberEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = bytes[start] === MINUS ? start + 1 : start;
  const first = i;
  while (isDigit(byteAt(bytes, i, end))) i++;
  const digits = i - first;
  // 18 digits always fit int64; a leading zero stands alone.
  if (digits === 0 || digits > 18 || (digits > 1 && bytes[first] === ZERO)) return -1;
  let byte = byteAt(bytes, i, end);
  if (byte === DOT) {
    const point = i++;
    while (isDigit(byteAt(bytes, i, end))) i++;
    // 15 digits always survive a double.
    if (i === point + 1 || i - first > 16) return -1;
    byte = byteAt(bytes, i, end);
  }
  return byte === LOWER_E || byte === UPPER_E ? -1 : i;
}
