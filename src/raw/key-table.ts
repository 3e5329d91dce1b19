import { knownNumber } from './known-names.ts';
import { memberShape, nameLane1, nameLane2, SCALAR_SHAPE } from './shape.ts';

/**
 * A name is the index of its first slot in `KeyTable.slots`; these are the slots. One column of numbers, so that the
 * scanner's loop holds it in a register.
 */
/** Bytes of `"name":`; 0 where the name can't be guessed. */
const LENGTH = 0;
/** The last four bytes of `"name":` as a little-endian word. */
const TAIL = 1;
/** The names that followed this one last and before that. */
const FOLLOWER = 2;
const FOLLOWER_BEFORE = 3;
/** The number in KNOWN_NAMES, or -1. */
export const KNOWN = 4;
/** Lanes of the name, and its share in an object's shape where the value is a scalar. */
export const LANE_1 = 5;
export const LANE_2 = 6;
export const SCALAR_1 = 7;
export const SCALAR_2 = 8;
/** `"name":` in little-endian words. */
const PATTERN = 9;
const PATTERN_WORDS = 16;

/** A power of two: a name's number is its index shifted. */
const SLOT_BITS = 5;
const SLOTS = 1 << SLOT_BITS;

const MIN_PATTERN_BYTES = 4;
/** Longer names are looked up each time. */
const MAX_PATTERN_BYTES = PATTERN_WORDS * 4;
/** Senders may make up names (ids as keys); beyond this many the table starts anew with the next message. */
const MAX_NAMES = 4096;
/** What must be escaped in a JSON string: such a name has no spelling of its own bytes. */
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;

/** A root object's first name is guessed from this one, the empty text. */
export const NO_NAME = 0;

/**
 * Every member name met so far, equal for equal names however they are spelled. Messages of a topic repeat their names
 * in the same order, so the scanner guesses the next name from the one before, and comparing four bytes at a time
 * confirms name, quotes and colon at once. A wrong guess costs a look-up in a Map, whose hash V8 seeds at random, so
 * a sender can't make it slow.
 */
export class KeyTable {
  /** Replaced by a larger one when `read` needs room. */
  slots = new Int32Array(256 * SLOTS);
  private readonly names: string[] = [];
  private readonly indexes = new Map<string, number>();

  /** To be called before every message. */
  startMessage(): void {
    if (this.names.length > MAX_NAMES) {
      this.indexes.clear();
      this.names.length = 0;
    }
    if (this.names.length === 0) this.index('');
  }

  name(key: number): string {
    return this.names[key >> SLOT_BITS] as string;
  }

  /** The name that was read behind the name `last`, where the guess was wrong. */
  read(name: string, last: number): number {
    const key = this.index(name);
    this.slots[last + FOLLOWER_BEFORE] = this.slots[last + FOLLOWER] as number;
    this.slots[last + FOLLOWER] = key;
    return key;
  }

  private index(name: string): number {
    const known = this.indexes.get(name);
    if (known !== undefined) return known;
    const key = this.names.length << SLOT_BITS;
    if (key === this.slots.length) {
      const larger = new Int32Array(key * 2);
      larger.set(this.slots);
      this.slots = larger;
    }
    this.indexes.set(name, key);
    this.names.push(name);
    const { slots } = this;
    const bytes = Buffer.from(name);
    slots.fill(0, key, key + SLOTS);
    slots[key + KNOWN] = knownNumber(name);
    slots[key + LANE_1] = nameLane1(bytes);
    slots[key + LANE_2] = nameLane2(bytes);
    slots[key + SCALAR_1] = memberShape(slots[key + LANE_1] as number, SCALAR_SHAPE);
    slots[key + SCALAR_2] = memberShape(slots[key + LANE_2] as number, SCALAR_SHAPE);
    this.setPattern(key, name);
    return key;
  }

  private setPattern(key: number, name: string): void {
    const pattern = Buffer.from(`"${name}":`);
    const { length } = pattern;
    if (length < MIN_PATTERN_BYTES || length > MAX_PATTERN_BYTES || NEEDS_ESCAPE.test(name)) return;
    this.slots[key + LENGTH] = length;
    this.slots[key + TAIL] = pattern.readInt32LE(length - 4);
    for (let word = 0; word < length >> 2; word++) {
      this.slots[key + PATTERN + word] = pattern.readInt32LE(word * 4);
    }
  }
}

/** The name that follows `last` by guess and does stand at `i` as `"name":`; -1 where both guesses are wrong. */
export function guessedKey(slots: Int32Array, last: number, view: DataView, i: number, end: number): number {
  const follower = slots[last + FOLLOWER] as number;
  if (stands(slots, follower, view, i, end)) return follower;
  const before = slots[last + FOLLOWER_BEFORE] as number;
  return stands(slots, before, view, i, end) ? before : -1;
}

/** Bytes of `"name":` as a guessed name stands in the message. */
export function guessedLength(slots: Int32Array, key: number): number {
  return slots[key + LENGTH] as number;
}

function stands(slots: Int32Array, key: number, view: DataView, i: number, end: number): boolean {
  const length = slots[key + LENGTH] as number;
  if (length === 0 || i + length > end) return false;
  const last = i + length - 4;
  if (view.getInt32(last, true) !== slots[key + TAIL]) return false;
  let word = key + PATTERN;
  for (let at = i; at < last; at += 4) {
    if (view.getInt32(at, true) !== slots[word]) return false;
    word += 1;
  }
  return true;
}
