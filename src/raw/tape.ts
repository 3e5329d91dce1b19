/** The kind of a node. Containers come first: `kind <= ARRAY` tests for one. */
export const OBJECT = 0;
export const ARRAY = 1;
export const STRING = 2;
export const ESCAPED_STRING = 3;
export const NUMBER = 4;
export const BOOLEAN = 5;
export const NULL = 6;

/**
 * The positions of all values of one message: nodes in order of appearance, the root (node 0) first, each
 * container directly before its children. One column of numbers instead of objects, reused for every message.
 * A node is the index of its first slot. The slots are:
 */
export const KIND = 0;
/** The member name's number in the KeyTable; -1 for the root and an array's element. */
export const KEY = 1;
/** The span of the value, with quotes. */
export const START = 2;
export const END = 3;
/** The node after this one and everything in it. */
export const NEXT = 4;
/** A container's shape. */
export const SHAPE_1 = 5;
export const SHAPE_2 = 6;

export const NODE_SLOTS = 8;

export type Tape = Int32Array;

/**
 * Creates a tape for any message of that length in bytes. A value takes at least two bytes with its comma.
 */
export function tapeFor(messageBytes: number, tape: Tape): Tape {
  const needed = ((messageBytes >> 1) + 2) * NODE_SLOTS;
  return tape.length >= needed ? tape : new Int32Array(Math.max(needed * 2, 1024 * NODE_SLOTS));
}
