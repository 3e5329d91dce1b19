/**
 * The payload's shape: two 32-bit lanes over member names and nesting. Shapes are stored, so nothing here may
 * ever change. Collisions are unlikely by chance, but an adversary can construct them.
 */

/** The start value of a node's shape, by kind. All scalars have the same shape. */
export const SCALAR_SHAPE = 0x5bd1e995 | 0;
export const OBJECT_SHAPE = 0x1b873593 | 0;
export const ARRAY_SHAPE = 0x7feb352d | 0;

/** A member name's first lane: FNV-1a over its UTF-8 bytes. */
export function nameLane1(name: Uint8Array): number {
  return name.reduce((lane, byte) => Math.imul(lane ^ byte, 0x01000193), 0x811c9dc5 | 0);
}

/** The second lane multiplies and adds, so that names that collide in one lane differ in the other. */
export function nameLane2(name: Uint8Array): number {
  return name.reduce((lane, byte) => (Math.imul(lane, 0x2c1b3c6d) + byte) | 0, 0x2f0b4c47);
}

/** MurmurHash3's finaliser: every bit of the input reaches every bit of the output. */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** What a member adds to its object's shape. Addition makes the order of members irrelevant. */
export function memberShape(nameLane: number, valueShape: number): number {
  return finish(nameLane ^ Math.imul(valueShape, 0x9e3779b1));
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}

const CACHE_SIZE = 256;

/** The text of a shape: 16 hex digits. Texts are cached, because few shapes repeat often. */
export class ShapeTexts {
  private readonly lanes1 = new Int32Array(CACHE_SIZE);
  private readonly lanes2 = new Int32Array(CACHE_SIZE);
  private readonly texts: string[] = Array.from({ length: CACHE_SIZE }, () => '');

  text(lane1: number, lane2: number): string {
    const slot = lane1 & (CACHE_SIZE - 1);
    const known = this.texts[slot] as string;
    if (known !== '' && this.lanes1[slot] === lane1 && this.lanes2[slot] === lane2) return known;
    const text = hex(lane1) + hex(lane2);
    this.lanes1[slot] = lane1;
    this.lanes2[slot] = lane2;
    this.texts[slot] = text;
    return text;
  }
}
