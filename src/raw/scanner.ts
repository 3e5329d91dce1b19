import type { ErrorCode } from '../errors/taxonomy.ts';
import {
  byteAt,
  COLON,
  COMMA,
  CR,
  DOT,
  firstByteOf,
  isDigit,
  LEFT_BRACE,
  LEFT_BRACKET,
  LF,
  LOWER_E,
  MINUS,
  PLUS,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  SPACE,
  specialBytes,
  TAB,
  UPPER_E,
  ZERO,
} from './bytes.ts';
import { KeyTable } from './key-table.ts';
import { isPlainNumber } from './number-exactness.ts';
import { isRepeated, keysBefore, MAX_COMPARED_KEYS } from './repeated-key.ts';
import { ARRAY_SHAPE, finish, memberShape, OBJECT_SHAPE, SCALAR_SHAPE } from './shape.ts';
import { checkSpecial, type StringFault } from './string-check.ts';
import {
  ARRAY,
  BOOLEAN,
  END,
  ESCAPED_STRING,
  KEY,
  KIND,
  NEXT,
  NODE_SLOTS,
  NULL,
  NUMBER,
  OBJECT,
  SHAPE_1,
  SHAPE_2,
  START,
  STRING,
  type Tape,
  tapeFor,
} from './tape.ts';
import { unescapedText, utf8Text } from './unescape.ts';
import { sequenceLength } from './utf8.ts';

/** RFC 8259 allows a limit; the engines' parsers take this depth with ease. */
export const MAX_DEPTH = 64;

const TRUE = [0x74, 0x72, 0x75, 0x65];
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65];
const NULL_TOKEN = [0x6e, 0x75, 0x6c, 0x6c];

/**
 * Walks a message once: strict JSON (RFC 8259) and I-JSON (RFC 7493), with every value's span on the tape. Methods
 * take the index to read at and answer the index behind what they read, or -1 after `fail`.
 */
export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  tape: Tape = new Int32Array(0);
  readonly keys = new KeyTable();
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** Nodes of numbers that are not plain, in order of appearance. */
  readonly inexact: number[] = [];
  /** CR or LF stands between tokens. */
  hasLineBreaks = false;
  failCode: ErrorCode = 'MALFORMED_JSON';
  /** Index into `bytes`. */
  failAt = 0;
  failDetail = '';
  private end = 0;
  private free = 0;
  private readonly stringFault: StringFault = { code: 'MALFORMED_JSON', at: 0, detail: '', escaped: false };

  /** True: the message is one JSON object and the tape holds it. False: see failCode, failAt, failDetail. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.end = end;
    this.keys.startMessage();
    this.inexact.length = 0;
    this.hasLineBreaks = false;
    this.tape = tapeFor(end - start, this.tape);
    if (byteAt(bytes, start, end) === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
      this.fail('BYTE_ORDER_MARK', start, 'the message starts with a byte order mark');
      return false;
    }
    const first = this.skip(start);
    this.free = NODE_SLOTS;
    this.tape[KEY] = -1;
    const behind = this.value(first, 0, 0);
    if (behind < 0) return false;
    const rest = this.skip(behind);
    if (rest < end) this.fail('TRAILING_BYTES', rest, 'bytes follow the end of the value');
    else if (this.tape[KIND] !== OBJECT) this.fail('NOT_AN_OBJECT', first, 'the message is no object');
    else return true;
    return false;
  }

  private fail(code: ErrorCode, at: number, detail: string): -1 {
    this.failCode = code;
    this.failAt = at;
    this.failDetail = detail;
    return -1;
  }

  /** A byte that the grammar does not expect here; where it isn't even UTF-8, that is the better word. */
  private unexpected(at: number, expected: string): -1 {
    if (at >= this.end)
      return this.fail('MALFORMED_JSON', this.end, `the message ends, expected ${expected}`);
    const foreign = (this.bytes[at] as number) >= 0x80 && sequenceLength(this.bytes, at, this.end) === 0;
    if (foreign) return this.fail('NOT_UTF8', at, 'the bytes are no valid UTF-8');
    return this.fail('MALFORMED_JSON', at, `expected ${expected}`);
  }

  /** The next byte that is no white space; mostly the one at `i` itself. */
  private skip(i: number): number {
    return i < this.end && (this.bytes[i] as number) > SPACE ? i : this.skipSpace(i);
  }

  private skipSpace(from: number): number {
    const { bytes, end } = this;
    let i = from;
    for (; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === LF || byte === CR) this.hasLineBreaks = true;
      else if (byte !== SPACE && byte !== TAB) break;
    }
    return i;
  }

  private value(i: number, node: number, depth: number): number {
    const { tape } = this;
    const byte = byteAt(this.bytes, i, this.end);
    tape[node + START] = i;
    let behind: number;
    if (byte === QUOTE) behind = this.string(i + 1, node);
    else if (isDigit(byte) || byte === MINUS) behind = this.number(i, node);
    else if (byte === LEFT_BRACE) behind = this.object(i, node, depth + 1);
    else if (byte === LEFT_BRACKET) behind = this.array(i, node, depth + 1);
    else behind = this.literal(i, byte, node);
    tape[node + END] = behind;
    tape[node + NEXT] = this.free;
    return behind;
  }

  private literal(i: number, byte: number, node: number): number {
    const token = byte === TRUE[0] ? TRUE : byte === FALSE[0] ? FALSE : NULL_TOKEN;
    for (let at = 0; at < token.length; at++) {
      if (byteAt(this.bytes, i + at, this.end) !== token[at]) return this.unexpected(i, 'a value');
    }
    this.tape[node + KIND] = token === NULL_TOKEN ? NULL : BOOLEAN;
    return i + token.length;
  }

  /** `from` is behind the opening quote; the answer behind the closing one. */
  private string(from: number, node: number): number {
    const { bytes, end, tape, view } = this;
    let i = from;
    for (; i + 4 <= end; i += 4) {
      const special = specialBytes(view.getInt32(i, true));
      if (special !== 0) {
        i += firstByteOf(special);
        break;
      }
    }
    tape[node + KIND] = STRING;
    if (i < end && bytes[i] === QUOTE) return i + 1;
    const behind = this.restOfString(i);
    if (this.stringFault.escaped) tape[node + KIND] = ESCAPED_STRING;
    return behind;
  }

  private restOfString(from: number): number {
    const fault = this.stringFault;
    const behind = checkSpecial(this.bytes, from, this.end, fault);
    return behind < 0 ? this.fail(fault.code, fault.at, fault.detail) : behind;
  }

  private number(start: number, node: number): number {
    const { bytes, end } = this;
    this.tape[node + KIND] = NUMBER;
    let i = bytes[start] === MINUS ? start + 1 : start;
    const firstDigit = i;
    const first = byteAt(bytes, i, end);
    if (!isDigit(first)) return this.unexpected(i, 'a digit');
    i += 1;
    if (first !== ZERO) while (isDigit(byteAt(bytes, i, end))) i++;
    // 18 digits always fit int64, 15 always a double.
    let surelyPlain = i - firstDigit <= 18;
    let byte = byteAt(bytes, i, end);
    if (byte === DOT) {
      const point = i;
      i += 1;
      while (isDigit(byteAt(bytes, i, end))) i++;
      if (i === point + 1) return this.unexpected(i, 'a digit');
      surelyPlain = i - firstDigit - 1 <= 15;
      byte = byteAt(bytes, i, end);
    }
    if (byte === LOWER_E || byte === UPPER_E) {
      const sign = byteAt(bytes, i + 1, end);
      i += sign === PLUS || sign === MINUS ? 2 : 1;
      if (!isDigit(byteAt(bytes, i, end))) return this.unexpected(i, 'a digit');
      while (isDigit(byteAt(bytes, i, end))) i++;
      surelyPlain = false;
    }
    if (!surelyPlain && !isPlainNumber(bytes, start, i)) this.inexact.push(node);
    return i;
  }

  private object(start: number, node: number, depth: number): number {
    if (depth > MAX_DEPTH) return this.fail('NESTING_TOO_DEEP', start, `more than ${MAX_DEPTH} levels`);
    const { bytes, end, tape, keys } = this;
    let shape1 = OBJECT_SHAPE;
    let shape2 = OBJECT_SHAPE;
    let filter = 0;
    let count = 0;
    let seen: Set<number> | null = null;
    tape[node + KIND] = OBJECT;
    let i = this.skip(start + 1);
    let byte = byteAt(bytes, i, end);
    while (byte !== RIGHT_BRACE) {
      const child = this.free;
      this.free = child + NODE_SLOTS;
      const name = i;
      const guessed = keys.guess(this.view, i, end);
      if (guessed >= 0) {
        tape[child + KEY] = guessed;
        i += keys.guessedLength(guessed);
      } else {
        i = this.key(i, child);
        if (i < 0) return -1;
      }
      const key = tape[child + KEY] as number;
      const bit = 1 << key;
      count += 1;
      if (count > MAX_COMPARED_KEYS) {
        seen ??= keysBefore(tape, node, child);
        if (seen.size === seen.add(key).size) return this.fail('DUPLICATE_KEY', name, 'the key stands twice');
      } else if ((filter & bit) !== 0 && isRepeated(tape, node, child)) {
        return this.fail('DUPLICATE_KEY', name, 'the key stands twice');
      }
      filter |= bit;
      i = this.value(this.skip(i), child, depth);
      if (i < 0) return -1;
      if ((tape[child + KIND] as number) > ARRAY) {
        shape1 = (shape1 + (keys.scalar1[key] as number)) | 0;
        shape2 = (shape2 + (keys.scalar2[key] as number)) | 0;
      } else {
        shape1 = (shape1 + memberShape(keys.lane1[key] as number, tape[child + SHAPE_1] as number)) | 0;
        shape2 = (shape2 + memberShape(keys.lane2[key] as number, tape[child + SHAPE_2] as number)) | 0;
      }
      i = this.skip(i);
      byte = byteAt(bytes, i, end);
      if (byte === COMMA) {
        i = this.skip(i + 1);
        if (byteAt(bytes, i, end) !== QUOTE) return this.unexpected(i, 'a member name');
      } else if (byte !== RIGHT_BRACE) return this.unexpected(i, 'a comma or the end of the object');
    }
    tape[node + SHAPE_1] = finish(shape1);
    tape[node + SHAPE_2] = finish(shape2);
    return i + 1;
  }

  /** A member name and its colon, where the guess was wrong; `start` should be at the opening quote. */
  private key(start: number, node: number): number {
    const { bytes, end } = this;
    if (byteAt(bytes, start, end) !== QUOTE) return this.unexpected(start, 'a member name');
    const behind = this.restOfString(start + 1);
    if (behind < 0) return -1;
    const name = this.stringFault.escaped
      ? unescapedText(bytes, start + 1, behind - 1)
      : utf8Text(bytes, start + 1, behind - 1);
    this.tape[node + KEY] = this.keys.read(name);
    const i = this.skip(behind);
    return byteAt(bytes, i, end) === COLON ? i + 1 : this.unexpected(i, 'a colon');
  }

  private array(start: number, node: number, depth: number): number {
    if (depth > MAX_DEPTH) return this.fail('NESTING_TOO_DEEP', start, `more than ${MAX_DEPTH} levels`);
    const { bytes, end, tape } = this;
    let shape1 = ARRAY_SHAPE;
    let shape2 = ARRAY_SHAPE;
    let last1 = 0;
    let last2 = 0;
    tape[node + KIND] = ARRAY;
    let i = this.skip(start + 1);
    if (byteAt(bytes, i, end) === RIGHT_BRACKET) i += 1;
    else {
      for (let byte = COMMA; byte === COMMA; i++) {
        const child = this.free;
        this.free = child + NODE_SLOTS;
        tape[child + KEY] = -1;
        i = this.value(this.skip(i), child, depth);
        if (i < 0) return -1;
        const isScalar = (tape[child + KIND] as number) > ARRAY;
        const value1 = isScalar ? SCALAR_SHAPE : (tape[child + SHAPE_1] as number);
        const value2 = isScalar ? SCALAR_SHAPE : (tape[child + SHAPE_2] as number);
        // A run of elements of one shape counts once, so that a list's length does not make a shape.
        if (value1 !== last1 || value2 !== last2) {
          shape1 = finish(Math.imul(shape1, 31) ^ value1);
          shape2 = finish(Math.imul(shape2, 33) ^ value2);
          last1 = value1;
          last2 = value2;
        }
        i = this.skip(i);
        byte = byteAt(bytes, i, end);
        if (byte !== COMMA && byte !== RIGHT_BRACKET)
          return this.unexpected(i, 'a comma or the end of the array');
      }
    }
    tape[node + SHAPE_1] = finish(shape1);
    tape[node + SHAPE_2] = finish(shape2);
    return i;
  }
}
