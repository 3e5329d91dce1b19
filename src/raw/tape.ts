/** What a node is. Containers come first: `kind <= ARRAY` asks for one. */
export const OBJECT = 0;
export const ARRAY = 1;
export const STRING = 2;
export const ESCAPED_STRING = 3;
export const NUMBER = 4;
export const BOOLEAN = 5;
export const NULL = 6;

/**
 * Where everything stands in one message: nodes in order of appearance, the root (node 0) first, a container's
 * children right behind it. One column of numbers instead of objects, used again for every message. A node is the
 * index of its first slot; the slots are these.
 */
export const KIND = 0;
/** The member name's number in the KeyTable; -1 for the root and an array's element. */
export const KEY = 1;
/** The value's span, quotes included. */
export const START = 2;
export const END = 3;
/** The node behind this one and all that it contains. */
export const NEXT = 4;
/** A container's shape. */
export const SHAPE_1 = 5;
export const SHAPE_2 = 6;

export const NODE_SLOTS = 8;

export type Tape = Int32Array;

/** A tape that holds any message of that length: a value takes at least two bytes with its comma. */
export function tapeFor(messageBytes: number, tape: Tape): Tape {
  const needed = ((messageBytes >> 1) + 2) * NODE_SLOTS;
  return tape.length >= needed ? tape : new Int32Array(Math.max(needed * 2, 1024 * NODE_SLOTS));
}
