import { KEY, NEXT, NODE_SLOTS, type Tape } from './tape.ts';

/** Up to this many members are compared one by one; a Set takes over beyond, so that no object is quadratic. */
export const MAX_COMPARED_KEYS = 64;

/** Whether the key of `child`, the newest member of the open object `node`, stands in it already. */
export function isRepeated(tape: Tape, node: number, child: number): boolean {
  const key = tape[child + KEY];
  for (let at = node + NODE_SLOTS; at < child; at = tape[at + NEXT] as number) {
    if (tape[at + KEY] === key) return true;
  }
  return false;
}

/** The keys before `child` in the open object `node`. */
export function keysBefore(tape: Tape, node: number, child: number): Set<number> {
  const keys = new Set<number>();
  for (let at = node + NODE_SLOTS; at < child; at = tape[at + NEXT] as number)
    keys.add(tape[at + KEY] as number);
  return keys;
}
