import { KIB } from '../base/bytes.ts';
import type { Slice } from './reception.ts';
import type { Scanner } from './scanner.ts';
import * as tapeLayout from './tape.ts';
import { unescapeInto } from './unescape.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { END, ESCAPED_STRING, KIND, NULL, NUMBER, START, STRING } = tapeLayout;

/** A Slice that is reused for every message. */
export class MutableSlice implements Slice {
  bytes: Uint8Array = new Uint8Array(0);
  start = -1;
  end = -1;

  set(bytes: Uint8Array, start: number, end: number): void {
    // Usually the buffer is the same as before, and storing a reference costs more than comparing it.
    if (this.bytes !== bytes) this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  clear(): void {
    this.start = -1;
    this.end = -1;
  }
}

/** Below this size, a loop is faster than a call. */
const SHORT = 96;

/** A buffer for texts that the message does not contain as they are: decoded, joined or cut. */
export class TextArena {
  bytes: Uint8Array = new Uint8Array(64 * KIB);
  private used = 0;

  /** Message, envelope (twice inside SNS), ids and times. None is longer than the message. */
  reset(messageBytes: number): void {
    this.used = 0;
    const needed = messageBytes * 10 + 1024;
    if (this.bytes.length < needed) this.bytes = new Uint8Array(needed);
  }

  /** The position of the next byte. */
  get at(): number {
    return this.used;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const target = this.bytes;
    const at = this.used;
    if (end - start < SHORT) for (let i = start; i < end; i++) target[at + i - start] = bytes[i] as number;
    else target.set(bytes.subarray(start, end), at);
    this.used = at + end - start;
  }

  addUnescaped(bytes: Uint8Array, start: number, end: number): void {
    this.used = unescapeInto(bytes, start, end, this.bytes, this.used);
  }
}

/** Points the slice at the decoded text of a string, or at the token of any other value. */
export function readToken(scanner: Scanner, node: number, arena: TextArena, into: MutableSlice): void {
  const { bytes, tape } = scanner;
  const kind = tape[node + KIND] as number;
  const start = tape[node + START] as number;
  const end = tape[node + END] as number;
  if (kind === STRING) into.set(bytes, start + 1, end - 1);
  else if (kind === ESCAPED_STRING) {
    const from = arena.at;
    arena.addUnescaped(bytes, start + 1, end - 1);
    into.set(arena.bytes, from, arena.at);
  } else into.set(bytes, start, end);
}

/** Unicode's control characters: C0, DEL, C1. */
function hasControls({ bytes, start, end }: Slice): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 || byte === 0x7f) return true;
    if (byte === 0xc2 && (bytes[i + 1] as number) < 0xa0) return true;
  }
  return false;
}

/** Whether a number token is written as an integer. */
export function isInteger({ bytes, start, end }: Slice): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    // A number with '.', 'e', 'E' or '+' is not an integer.
    if (byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b) return false;
  }
  return true;
}

export type TextAnswer = 'text' | 'absent' | 'invalid';

/**
 * Reads an id (a non-empty string or an integer) or other metadata (any string or number). A member that is
 * missing (`node` -1) or null is absent. Control characters make it invalid. The slice is empty unless the
 * result is 'text'.
 */
export function readTextField(
  scanner: Scanner,
  node: number,
  rule: 'id' | 'metadata',
  arena: TextArena,
  into: MutableSlice,
): TextAnswer {
  into.clear();
  if (node < 0 || scanner.tape[node + KIND] === NULL) return 'absent';
  const kind = scanner.tape[node + KIND] as number;
  if (kind !== STRING && kind !== ESCAPED_STRING && kind !== NUMBER) return 'invalid';
  readToken(scanner, node, arena, into);
  const fits = rule === 'metadata' || (kind === NUMBER ? isInteger(into) : into.end > into.start);
  if (fits && !hasControls(into)) return 'text';
  into.clear();
  return 'invalid';
}
