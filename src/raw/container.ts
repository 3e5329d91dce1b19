import * as keyTables from './key-table.ts';
import * as shapes from './shape.ts';
import type { Tape } from './tape.ts';
import * as tapeLayout from './tape.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { LANE_1, LANE_2, SCALAR_1, SCALAR_2 } = keyTables;
const { ARRAY_SHAPE, finish, memberShape, OBJECT_SHAPE, SCALAR_SHAPE } = shapes;
const { ARRAY, KEY, KIND, NEXT, NODE_SLOTS, SHAPE_1, SHAPE_2 } = tapeLayout;

/**
 * Up to this many members are compared with each other; a Set is used for more, so that no object takes
 * quadratic time.
 */
const MAX_COMPARED_KEYS = 64;

/** Completes an object whose members are all on the tape up to `end`: writes its shape. */
export function shapeObject(tape: Tape, keys: Int32Array, node: number, end: number): void {
  let shape1 = OBJECT_SHAPE;
  let shape2 = OBJECT_SHAPE;
  for (let at = node + NODE_SLOTS; at < end; at = tape[at + NEXT] as number) {
    const key = tape[at + KEY] as number;
    if ((tape[at + KIND] as number) > ARRAY) {
      shape1 = (shape1 + (keys[key + SCALAR_1] as number)) | 0;
      shape2 = (shape2 + (keys[key + SCALAR_2] as number)) | 0;
    } else {
      shape1 = (shape1 + memberShape(keys[key + LANE_1] as number, tape[at + SHAPE_1] as number)) | 0;
      shape2 = (shape2 + memberShape(keys[key + LANE_2] as number, tape[at + SHAPE_2] as number)) | 0;
    }
  }
  tape[node + SHAPE_1] = finish(shape1);
  tape[node + SHAPE_2] = finish(shape2);
}

/**
 * Completes an array. Consecutive elements of the same shape count once, so the length of a list does not
 * change the shape.
 */
export function shapeArray(tape: Tape, node: number, end: number): void {
  let shape1 = ARRAY_SHAPE;
  let shape2 = ARRAY_SHAPE;
  let last1 = 0;
  let last2 = 0;
  for (let at = node + NODE_SLOTS; at < end; at = tape[at + NEXT] as number) {
    const isScalar = (tape[at + KIND] as number) > ARRAY;
    const value1 = isScalar ? SCALAR_SHAPE : (tape[at + SHAPE_1] as number);
    const value2 = isScalar ? SCALAR_SHAPE : (tape[at + SHAPE_2] as number);
    if (value1 === last1 && value2 === last2) continue;
    shape1 = finish(Math.imul(shape1, 31) ^ value1);
    shape2 = finish(Math.imul(shape2, 33) ^ value2);
    last1 = value1;
    last2 = value2;
  }
  tape[node + SHAPE_1] = finish(shape1);
  tape[node + SHAPE_2] = finish(shape2);
}

/** The first member that repeats an earlier key of its object; -1 if all keys are different. */
export function repeatedMember(tape: Tape, node: number, end: number): number {
  let filter = 0;
  let count = 0;
  for (let at = node + NODE_SLOTS; at < end; at = tape[at + NEXT] as number) {
    // Names are numbered in steps of 32, so names that follow each other in a message mostly set different
    // bits.
    const bit = 1 << ((tape[at + KEY] as number) >> 5);
    count += 1;
    if (count > MAX_COMPARED_KEYS) return repeatedAmongMany(tape, node, end);
    if ((filter & bit) !== 0 && standsBefore(tape, node, at)) return at;
    filter |= bit;
  }
  return -1;
}

function standsBefore(tape: Tape, node: number, member: number): boolean {
  const key = tape[member + KEY];
  for (let at = node + NODE_SLOTS; at < member; at = tape[at + NEXT] as number) {
    if (tape[at + KEY] === key) return true;
  }
  return false;
}

function repeatedAmongMany(tape: Tape, node: number, end: number): number {
  const seen = new Set<number>();
  for (let at = node + NODE_SLOTS; at < end; at = tape[at + NEXT] as number) {
    const before = seen.size;
    if (seen.add(tape[at + KEY] as number).size === before) return at;
  }
  return -1;
}
