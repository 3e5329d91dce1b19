import { byteAt } from './bytes.ts';

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/**
 * The length of the UTF-8 sequence that starts at `i` with a byte ≥ 0x80; 0 if it is not well-formed.
 * Overlong forms, surrogates and values above U+10FFFF are not well-formed (RFC 3629, section 4).
 */
export function sequenceLength(bytes: Uint8Array, i: number, end: number): number {
  const first = byteAt(bytes, i, end);
  const second = byteAt(bytes, i + 1, end);
  if (first < 0xc2 || first > 0xf4 || !isContinuation(second)) return 0;
  if (first < 0xe0) return 2;
  if (!isContinuation(byteAt(bytes, i + 2, end))) return 0;
  if (first < 0xf0) {
    if (first === 0xe0 && second < 0xa0) return 0;
    if (first === 0xed && second > 0x9f) return 0;
    return 3;
  }
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return isContinuation(byteAt(bytes, i + 3, end)) ? 4 : 0;
}

/** Writes one code point, not a surrogate, at `at`. Returns the position after it. */
export function encodeCodePoint(code: number, target: Uint8Array, at: number): number {
  if (code < 0x80) {
    target[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    target[at] = 0xc0 | (code >> 6);
    target[at + 1] = 0x80 | (code & 0x3f);
    return at + 2;
  }
  if (code < 0x10000) {
    target[at] = 0xe0 | (code >> 12);
    target[at + 1] = 0x80 | ((code >> 6) & 0x3f);
    target[at + 2] = 0x80 | (code & 0x3f);
    return at + 3;
  }
  target[at] = 0xf0 | (code >> 18);
  target[at + 1] = 0x80 | ((code >> 12) & 0x3f);
  target[at + 2] = 0x80 | ((code >> 6) & 0x3f);
  target[at + 3] = 0x80 | (code & 0x3f);
  return at + 4;
}
