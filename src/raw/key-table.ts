import { knownNumber } from './known-names.ts';
import { memberShape, nameLane1, nameLane2, SCALAR_SHAPE } from './shape.ts';

/** Names longer than a pattern holds are looked up each time. */
const PATTERN_WORDS = 16;
const MIN_PATTERN_BYTES = 4;
const MAX_PATTERN_BYTES = PATTERN_WORDS * 4;
/** Senders may make up names (ids as keys); beyond this many the table starts anew with the next message. */
const MAX_NAMES = 4096;
/** What must be escaped in a JSON string: such a name has no spelling of its own bytes. */
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;

/**
 * Every member name met so far has a number, equal for equal names however they are spelled. Messages of a topic
 * repeat their names in the same order, so the table guesses the next name from the one before, and comparing four
 * bytes at a time confirms name, quotes and colon at once. A wrong guess costs a look-up in a Map, whose hash V8
 * seeds at random, so a sender can't make it slow.
 */
export class KeyTable {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  /** `"name":` in little-endian words. */
  private pattern = new Int32Array(0);
  private patternLength = new Uint8Array(0);
  /** The last four bytes of the pattern. */
  private patternTail = new Int32Array(0);
  /** The names that followed this one last and before that. */
  private next = new Int32Array(0);
  private nextBefore = new Int32Array(0);
  private last = 0;
  /** Lanes of the name, and its share in an object's shape where the value is a scalar. */
  lane1 = new Int32Array(0);
  lane2 = new Int32Array(0);
  scalar1 = new Int32Array(0);
  scalar2 = new Int32Array(0);
  /** The number in KNOWN_NAMES, or -1. */
  known = new Int8Array(0);

  /** To be called before every message. */
  startMessage(): void {
    if (this.names.length > MAX_NAMES) {
      this.numbers.clear();
      this.names.length = 0;
    }
    // The root's first name follows a name that no message can hold the pattern of.
    if (this.names.length === 0) this.number('');
    this.last = 0;
  }

  name(number: number): string {
    return this.names[number] as string;
  }

  /** The number of the name whose `"name":` stands at `i`, where the guess is right; else -1. */
  guess(view: DataView, i: number, end: number): number {
    const { last } = this;
    const next = this.next[last] as number;
    if (this.matches(next, view, i, end)) {
      this.last = next;
      return next;
    }
    const before = this.nextBefore[last] as number;
    if (!this.matches(before, view, i, end)) return -1;
    this.last = before;
    return before;
  }

  /** How many bytes `"name":` takes where `guess` found it. */
  guessedLength(number: number): number {
    return this.patternLength[number] as number;
  }

  /** The number of a name that was read, not guessed. */
  read(name: string): number {
    const number = this.number(name);
    this.nextBefore[this.last] = this.next[this.last] as number;
    this.next[this.last] = number;
    this.last = number;
    return number;
  }

  private matches(number: number, view: DataView, i: number, end: number): boolean {
    const length = this.patternLength[number] as number;
    if (length === 0 || i + length > end) return false;
    if (view.getInt32(i + length - 4, true) !== this.patternTail[number]) return false;
    let word = number * PATTERN_WORDS;
    for (let at = i; at <= i + length - 4; at += 4) {
      if (view.getInt32(at, true) !== this.pattern[word]) return false;
      word += 1;
    }
    return true;
  }

  private number(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.length;
    if (number === this.known.length) this.grow(Math.max(256, number * 2));
    this.numbers.set(name, number);
    this.names.push(name);
    const bytes = Buffer.from(name);
    const lane1 = nameLane1(bytes);
    const lane2 = nameLane2(bytes);
    this.lane1[number] = lane1;
    this.lane2[number] = lane2;
    this.scalar1[number] = memberShape(lane1, SCALAR_SHAPE);
    this.scalar2[number] = memberShape(lane2, SCALAR_SHAPE);
    this.known[number] = knownNumber(name);
    this.next[number] = 0;
    this.nextBefore[number] = 0;
    this.setPattern(number, name);
    return number;
  }

  private setPattern(number: number, name: string): void {
    const pattern = Buffer.from(`"${name}":`);
    const { length } = pattern;
    const fits = length >= MIN_PATTERN_BYTES && length <= MAX_PATTERN_BYTES && !NEEDS_ESCAPE.test(name);
    this.patternLength[number] = fits ? length : 0;
    if (!fits) return;
    this.patternTail[number] = pattern.readInt32LE(length - 4);
    for (let word = 0; word < length >> 2; word++) {
      this.pattern[number * PATTERN_WORDS + word] = pattern.readInt32LE(word * 4);
    }
  }

  private grow(size: number): void {
    const larger = (old: Int32Array, length: number): Int32Array<ArrayBuffer> => {
      const fresh = new Int32Array(length);
      fresh.set(old);
      return fresh;
    };
    this.pattern = larger(this.pattern, size * PATTERN_WORDS);
    this.patternTail = larger(this.patternTail, size);
    this.next = larger(this.next, size);
    this.nextBefore = larger(this.nextBefore, size);
    this.lane1 = larger(this.lane1, size);
    this.lane2 = larger(this.lane2, size);
    this.scalar1 = larger(this.scalar1, size);
    this.scalar2 = larger(this.scalar2, size);
    const known = new Int8Array(size);
    known.set(this.known);
    this.known = known;
    const lengths = new Uint8Array(size);
    lengths.set(this.patternLength);
    this.patternLength = lengths;
  }
}
