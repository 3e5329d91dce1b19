import type { ErrorCode } from '../errors/taxonomy.ts';
import * as bytesOfJson from './bytes.ts';
import * as containers from './container.ts';
import * as keyTables from './key-table.ts';
import { isPlainNumber } from './number-exactness.ts';
import * as plainTokens from './plain-token.ts';
import { checkSpecial, type StringFault } from './string-check.ts';
import type { Tape } from './tape.ts';
import * as tapeLayout from './tape.ts';
import { unescapedText, utf8Text } from './unescape.ts';
import { sequenceLength } from './utf8.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const {
  BACKSLASH,
  byteAt,
  COLON,
  COMMA,
  CR,
  DOT,
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
  TAB,
  UPPER_E,
  ZERO,
} = bytesOfJson;
const {
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
  START,
  STRING,
  tapeFor,
} = tapeLayout;
const { repeatedMember, shapeArray, shapeObject } = containers;
const { guessedKey, guessedLength, NO_NAME } = keyTables;
const { plainNumberEnd, plainStringEnd } = plainTokens;

/** RFC 8259 allows a limit. The engines' parsers support this depth. */
const MAX_DEPTH = 64;

const TRUE = [0x74, 0x72, 0x75, 0x65];
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65];
const NULL_TOKEN = [0x6e, 0x75, 0x6c, 0x6c];

/**
 * Reads a message once as strict JSON (RFC 8259) and I-JSON (RFC 7493), and writes the span of every value to
 * the tape. Methods take the index to read at. They return the index after what they read, or -1 after
 * `fail`.
 */
export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  tape: Tape = new Int32Array(0);
  readonly keys = new keyTables.KeyTable();
  /** Nodes of numbers that are not plain, in order of appearance. */
  readonly inexact: number[] = [];
  /** There is CR or LF between tokens. */
  hasLineBreaks = false;
  failCode: ErrorCode = 'MALFORMED_JSON';
  /** Index into `bytes`. */
  failAt = 0;
  failDetail = '';
  private view: DataView = new DataView(new ArrayBuffer(0));
  private end = 0;
  /** The containers around the current value. */
  private readonly open = new Int32Array(MAX_DEPTH);
  private readonly stringFault: StringFault = { code: 'MALFORMED_JSON', at: 0, detail: '', escaped: false };

  /**
   * True: the message is one JSON object, and the tape contains it. False: see failCode, failAt, failDetail.
   */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.end = end;
    this.keys.startMessage();
    // Setting a length calls into the runtime, and the list is rarely used.
    if (this.inexact.length > 0) this.inexact.length = 0;
    this.hasLineBreaks = false;
    this.tape = tapeFor(end - start, this.tape);
    if (byteAt(bytes, start, end) === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
      this.fail('BYTE_ORDER_MARK', start, 'the message starts with a byte order mark');
      return false;
    }
    const first = this.skip(start);
    this.tape[KEY] = -1;
    const behind = this.walk(first);
    if (behind < 0) return false;
    const rest = this.skip(behind);
    if (rest < end) this.fail('TRAILING_BYTES', rest, 'bytes follow the end of the value');
    else if (this.tape[KIND] !== OBJECT) this.fail('NOT_AN_OBJECT', first, 'the message is not an object');
    else return true;
    return false;
  }

  /**
   * Reads the root's value. One loop over all levels with everything in local variables, because calls and
   * fields would cost more than the work itself. `| 0` shows V8 that the result of a call is an integer, so
   * `i` stays in a register.
   */
  private walk(start: number): number {
    const { bytes, view, end, tape, open, keys } = this;
    let slots = keys.slots;
    let last = NO_NAME;
    let i = start | 0;
    let node = 0;
    let free = NODE_SLOTS;
    let depth = 0;
    for (;;) {
      // The value of `node` starts at i.
      let byte = byteAt(bytes, i, end);
      tape[node + START] = i;
      let opens = false;
      if (byte === QUOTE) {
        i = plainStringEnd(view, bytes, i + 1, end);
        tape[node + KIND] = STRING;
        i = byteAt(bytes, i, end) === QUOTE ? i + 1 : this.restOfString(i, node) | 0;
      } else if (byte === LEFT_BRACE || byte === LEFT_BRACKET) {
        if (depth === MAX_DEPTH) return this.fail('NESTING_TOO_DEEP', i, `deeper than ${MAX_DEPTH} levels`);
        tape[node + KIND] = byte === LEFT_BRACE ? OBJECT : ARRAY;
        open[depth++] = node;
        i += 1;
        opens = true;
      } else {
        const behind = plainNumberEnd(bytes, i, end);
        tape[node + KIND] = NUMBER;
        i = behind >= 0 ? behind : this.rarerValue(i, byte, node) | 0;
      }
      if (i < 0) return -1;
      tape[node + END] = i;
      tape[node + NEXT] = free;
      // After a value comes a comma or the end of a container; at the start of a container, no comma.
      for (;;) {
        if (depth === 0) return i;
        if (byteAt(bytes, i, end) <= SPACE) i = this.skipSpace(i) | 0;
        byte = byteAt(bytes, i, end);
        const container = open[depth - 1] as number;
        const isObject = tape[container + KIND] === OBJECT;
        if (byte === (isObject ? RIGHT_BRACE : RIGHT_BRACKET)) {
          i += 1;
          depth -= 1;
          if (!this.close(container, isObject, i, free)) return -1;
          opens = false;
          continue;
        }
        if (!opens) {
          if (byte !== COMMA) return this.unexpected(i, 'a comma or the end of the object or array');
          i += 1;
          if (byteAt(bytes, i, end) <= SPACE) i = this.skipSpace(i) | 0;
        }
        node = free;
        free += NODE_SLOTS;
        if (isObject) {
          const guessed = guessedKey(slots, last, view, i, end);
          if (guessed >= 0) {
            last = guessed;
            i += guessedLength(slots, guessed);
          } else {
            i = this.readKey(i, node, last) | 0;
            if (i < 0) return -1;
            last = tape[node + KEY] as number;
            slots = keys.slots;
          }
          tape[node + KEY] = last;
          if (byteAt(bytes, i, end) <= SPACE) i = this.skipSpace(i) | 0;
        } else tape[node + KEY] = -1;
        break;
      }
    }
  }

  private close(node: number, isObject: boolean, i: number, free: number): boolean {
    const { tape } = this;
    tape[node + END] = i;
    tape[node + NEXT] = free;
    if (!isObject) {
      shapeArray(tape, node, free);
      return true;
    }
    shapeObject(tape, this.keys.slots, node, free);
    const repeated = repeatedMember(tape, node, free);
    if (repeated < 0) return true;
    this.fail(
      'DUPLICATE_KEY',
      nameStart(this.bytes, tape[repeated + START] as number),
      'the object has this key twice',
    );
    return false;
  }

  private fail(code: ErrorCode, at: number, detail: string): -1 {
    this.failCode = code;
    this.failAt = at;
    this.failDetail = detail;
    return -1;
  }

  /**
   * Fails because of a byte that the grammar does not allow here. If the byte is not UTF-8, that is the
   * better reason.
   */
  private unexpected(at: number, expected: string): -1 {
    if (at >= this.end)
      return this.fail('MALFORMED_JSON', this.end, `the message ends; expected ${expected}`);
    const foreign = (this.bytes[at] as number) >= 0x80 && sequenceLength(this.bytes, at, this.end) === 0;
    if (foreign) return this.fail('NOT_UTF8', at, 'the bytes are not valid UTF-8');
    return this.fail('MALFORMED_JSON', at, `expected ${expected}`);
  }

  /** The index of the next byte that is not white space; mostly `i` itself. */
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

  /** Reads a literal or a number that needs the full check, or fails. */
  private rarerValue(i: number, byte: number, node: number): number {
    return isDigit(byte) || byte === MINUS ? this.number(i, node) : this.literal(i, byte, node);
  }

  private literal(i: number, byte: number, node: number): number {
    const token = byte === TRUE[0] ? TRUE : byte === FALSE[0] ? FALSE : NULL_TOKEN;
    for (let at = 0; at < token.length; at++) {
      if (byteAt(this.bytes, i + at, this.end) !== token[at]) return this.unexpected(i, 'a value');
    }
    this.tape[node + KIND] = token === NULL_TOKEN ? NULL : BOOLEAN;
    return i + token.length;
  }

  /**
   * Reads a string from its first byte that is not plain ASCII. Returns the index after the closing quote.
   */
  private restOfString(from: number, node: number): number {
    const behind = this.checkString(from);
    if (this.stringFault.escaped) this.tape[node + KIND] = ESCAPED_STRING;
    return behind;
  }

  private checkString(from: number): number {
    const fault = this.stringFault;
    const behind = checkSpecial(this.bytes, from, this.end, fault);
    return behind < 0 ? this.fail(fault.code, fault.at, fault.detail) : behind;
  }

  private number(start: number, node: number): number {
    const { bytes, end } = this;
    let i = bytes[start] === MINUS ? start + 1 : start;
    const firstDigit = i;
    const first = byteAt(bytes, i, end);
    if (!isDigit(first)) return this.unexpected(i, 'a digit');
    i += 1;
    if (first !== ZERO) while (isDigit(byteAt(bytes, i, end))) i++;
    // 18 digits always fit int64. A double always keeps 15 digits.
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

  /** Reads a member name and its colon after a wrong guess. `start` should be at the opening quote. */
  private readKey(start: number, node: number, last: number): number {
    const { bytes, end } = this;
    if (byteAt(bytes, start, end) !== QUOTE) return this.unexpected(start, 'a member name');
    const behind = this.checkString(start + 1);
    if (behind < 0) return -1;
    const name = this.stringFault.escaped
      ? unescapedText(bytes, start + 1, behind - 1)
      : utf8Text(bytes, start + 1, behind - 1);
    this.tape[node + KEY] = this.keys.read(name, last);
    const i = this.skip(behind);
    return byteAt(bytes, i, end) === COLON ? i + 1 : this.unexpected(i, 'a colon');
  }
}

/** The index of the opening quote of the name whose value starts at `value`. */
function nameStart(bytes: Uint8Array, value: number): number {
  const isQuote = (i: number): boolean => {
    let before = i;
    while (bytes[before - 1] === BACKSLASH) before -= 1;
    return bytes[i] === QUOTE && (i - before) % 2 === 0;
  };
  let i = value - 1;
  while (!isQuote(i)) i -= 1;
  i -= 1;
  while (!isQuote(i)) i -= 1;
  return i;
}
