import type { ErrorCode } from '../errors/taxonomy.ts';
import { BACKSLASH, byteAt, HEX_VALUE, QUOTE, SPACE, SPECIAL_IN_STRING } from './bytes.ts';
import { hexUnit } from './unescape.ts';
import { sequenceLength } from './utf8.ts';

/** The fault of a string, and whether it contains escapes. One object, reused. */
export interface StringFault {
  code: ErrorCode;
  at: number;
  detail: string;
  escaped: boolean;
}

const SIMPLE_ESCAPES = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
const LOWER_U = 0x75;

function failed(fault: StringFault, code: ErrorCode, at: number, detail: string): -1 {
  fault.code = code;
  fault.at = at;
  fault.detail = detail;
  return -1;
}

function unitAt(bytes: Uint8Array, i: number, end: number): number {
  if (byteAt(bytes, i, end) !== BACKSLASH || byteAt(bytes, i + 1, end) !== LOWER_U) return -1;
  for (let at = i + 2; at < i + 6; at++) if (HEX_VALUE[byteAt(bytes, at, end)] === 255) return -1;
  return hexUnit(bytes, i + 2);
}

/** `i` is at a backslash. Returns the index after the escape. */
function escapeEnd(bytes: Uint8Array, i: number, end: number, fault: StringFault): number {
  fault.escaped = true;
  const kind = byteAt(bytes, i + 1, end);
  if (SIMPLE_ESCAPES[kind] === 1) return i + 2;
  const unit = unitAt(bytes, i, end);
  if (unit < 0) return failed(fault, 'MALFORMED_JSON', i, 'expected a JSON escape after the backslash');
  if (unit < 0xd800 || unit > 0xdfff) return i + 6;
  const low = unit < 0xdc00 ? unitAt(bytes, i + 6, end) : -1;
  if (low >= 0xdc00 && low <= 0xdfff) return i + 12;
  return failed(fault, 'LONE_SURROGATE', i, 'an escaped surrogate has no other half');
}

/**
 * Checks a string from its first special byte on. Returns the index after its closing quote, or -1 and sets
 * the fault.
 */
export function checkSpecial(bytes: Uint8Array, from: number, end: number, fault: StringFault): number {
  let i = from;
  fault.escaped = false;
  while (i < end) {
    const byte = bytes[i] as number;
    if (SPECIAL_IN_STRING[byte] === 0) {
      i += 1;
    } else if (byte === QUOTE) {
      return i + 1;
    } else if (byte === BACKSLASH) {
      i = escapeEnd(bytes, i, end, fault);
      if (i < 0) return -1;
    } else if (byte < SPACE) {
      return failed(fault, 'MALFORMED_JSON', i, 'a string has an unescaped control character');
    } else {
      const length = sequenceLength(bytes, i, end);
      if (length === 0) return failed(fault, 'NOT_UTF8', i, 'the bytes are not valid UTF-8');
      i += length;
    }
  }
  return failed(fault, 'MALFORMED_JSON', end, 'the message ends inside a string');
}
