import { knownNumber } from './known-names.ts';
import { memberShape, nameLane1, nameLane2, SCALAR_SHAPE } from './shape.ts';

/**
 * The slots of a name in `KeyTable.slots`. A name is the index of its first slot. One column of numbers stays
 * in a register in the scanner's loop.
 */
/** Bytes of `"name":`; 0 if the name is never guessed. */
const LENGTH = 0;
/** The last four bytes of `"name":` as a little-endian word. */
const TAIL = 1;
/** The two names that most recently followed this one. */
const FOLLOWER = 2;
const FOLLOWER_BEFORE = 3;
/** The number in KNOWN_NAMES, or -1. */
export const KNOWN = 4;
/** Lanes of the name, and what it adds to an object's shape if its value is a scalar. */
export const LANE_1 = 5;
export const LANE_2 = 6;
export const SCALAR_1 = 7;
export const SCALAR_2 = 8;
/** `"name":` in little-endian words. */
const PATTERN = 9;
const PATTERN_WORDS = 16;

/** A power of two, so that a shift turns an index into a number. */
const SLOT_BITS = 5;
const SLOTS = 1 << SLOT_BITS;

const MIN_PATTERN_BYTES = 4;
/** Longer names are looked up every time. */
const MAX_PATTERN_BYTES = PATTERN_WORDS * 4;
/** Senders may use ids as names. With more names than this, the table is emptied before the next message. */
const MAX_NAMES = 4096;
/** What a JSON string must escape. A name with such a character cannot be compared byte by byte. */
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;

/** The empty text. The first name of a root object is guessed from it. */
export const NO_NAME = 0;

/**
 * Every member name seen so far, one entry per name whatever its escapes. Messages of a topic repeat their
 * names in the same order. The scanner therefore guesses the next name from the previous one and confirms
 * name, quotes and colon four bytes at a time. A wrong guess costs a look-up in a Map. V8 seeds its hash at
 * random, so a sender cannot make it slow.
 */
export class KeyTable {
  /** `read` replaces it with a larger one when it is full. */
  slots = new Int32Array(256 * SLOTS);
  private readonly names: string[] = [];
  private readonly indexes = new Map<string, number>();

  /** Call before every message. */
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

  /** Looks up the name that follows the name `last`, after a wrong guess. */
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

/** The guessed name after `last`, if `"name":` is at `i`; -1 if both guesses are wrong. */
export function guessedKey(slots: Int32Array, last: number, view: DataView, i: number, end: number): number {
  const follower = slots[last + FOLLOWER] as number;
  if (stands(slots, follower, view, i, end)) return follower;
  const before = slots[last + FOLLOWER_BEFORE] as number;
  return stands(slots, before, view, i, end) ? before : -1;
}

/** Bytes of `"name":` of a guessed name. */
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
