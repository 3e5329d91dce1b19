import { BACKSLASH, HEX_VALUE } from './bytes.ts';
import { encodeCodePoint } from './utf8.ts';

const SIMPLE: Readonly<Record<number, number>> = {
  34: 0x22, // "
  92: 0x5c, // backslash
  47: 0x2f, // /
  98: 0x08, // b
  102: 0x0c, // f
  110: 0x0a, // n
  114: 0x0d, // r
  116: 0x09, // t
};

/** The four hex digits at `i`; the scanner has checked that they are there. */
export function hexUnit(bytes: Uint8Array, i: number): number {
  return (
    ((HEX_VALUE[bytes[i] as number] as number) << 12) |
    ((HEX_VALUE[bytes[i + 1] as number] as number) << 8) |
    ((HEX_VALUE[bytes[i + 2] as number] as number) << 4) |
    (HEX_VALUE[bytes[i + 3] as number] as number)
  );
}

/**
 * Decodes the inside of a JSON string that the scanner accepted into UTF-8 at `target[at]`. Returns the
 * position after it. The output is never longer than the input.
 */
export function unescapeInto(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let i = start;
  let out = at;
  while (i < end) {
    const byte = bytes[i] as number;
    if (byte !== BACKSLASH) {
      target[out++] = byte;
      i += 1;
      continue;
    }
    const simple = SIMPLE[bytes[i + 1] as number];
    if (simple !== undefined) {
      target[out++] = simple;
      i += 2;
      continue;
    }
    let code = hexUnit(bytes, i + 2);
    i += 6;
    if (code >= 0xd800 && code <= 0xdbff) {
      // RFC 8259, section 7: a character beyond U+FFFF is escaped as a surrogate pair.
      code = 0x10000 + ((code - 0xd800) << 10) + (hexUnit(bytes, i + 2) - 0xdc00);
      i += 6;
    }
    out = encodeCodePoint(code, target, out);
  }
  return out;
}

/** The text of UTF-8 bytes that the scanner accepted. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** The same as a string, for code that is not performance-critical. */
export function unescapedText(bytes: Uint8Array, start: number, end: number): string {
  const target = Buffer.allocUnsafe(end - start);
  return target.toString('utf8', 0, unescapeInto(bytes, start, end, target, 0));
}
