/** The bytes that have a meaning in JSON's grammar (RFC 8259). */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const UPPER_E = 0x45;
export const LEFT_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const RIGHT_BRACKET = 0x5d;
export const LOWER_E = 0x65;
export const LEFT_BRACE = 0x7b;
export const RIGHT_BRACE = 0x7d;

/**
 * 1 for every byte that ends a string or needs a check in it: quote, backslash, control characters, non-
 * ASCII.
 */
export const SPECIAL_IN_STRING = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < SPACE || byte === QUOTE || byte === BACKSLASH || byte >= 0x80 ? 1 : 0,
);

/** The value of a hex digit, 255 for any other byte. */
export const HEX_VALUE = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return value < 0 ? 255 : value;
});

/** Whether a byte is an ASCII digit. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The byte at `i`; 0, which JSON never allows, at `end` and after it. */
export function byteAt(bytes: Uint8Array, i: number, end: number): number {
  return i < end ? (bytes[i] as number) : 0;
}

/**
 * Marks the bytes of a little-endian word that SPECIAL_IN_STRING lists. The lowest marked byte is certainly
 * special; higher marked bytes may not be. 0 means that no byte is special.
 */
export function specialBytes(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  // The high bit of a byte is set afterwards if the byte is below the subtrahend or is not ASCII. A borrow of
  // the subtraction affects only higher bytes.
  const found = (word - 0x20202020) | (quotes - 0x01010101) | (backslashes - 0x01010101) | word;
  return found & 0x80808080;
}

/** 0..3: the lowest byte that `specialBytes` marked. */
export function firstByteOf(marks: number): number {
  return (31 - Math.clz32(marks & -marks)) >> 3;
}
