import {
  encodeSegment,
  INEXACT_OVERFLOW,
  INEXACT_PATH_SEPARATOR,
  MAX_INEXACT_PATHS,
} from './inexact-paths.ts';
import type { Scanner } from './scanner.ts';
import { ARRAY, KEY, KIND, NEXT, NODE_SLOTS } from './tape.ts';

/**
 * The text of `inexact_number_paths` for the payload at node `payload`; null if all its numbers are plain.
 */
export function inexactNumberPaths(scanner: Scanner, payload: number): string | null {
  const { tape, inexact } = scanner;
  const end = tape[payload + NEXT] as number;
  const paths = new Set<string>();
  const open: number[] = [];
  let at = payload;
  let arrayDone = -1;
  // One pass over the payload's nodes finds all paths. A pass per number would take quadratic time on long
  // lists.
  for (const node of inexact) {
    if (node < payload || node >= end) continue;
    for (; at <= node; at += NODE_SLOTS) {
      while (open.length > 0 && at >= (tape[(open.at(-1) as number) + NEXT] as number)) open.pop();
      if ((tape[at + KIND] as number) <= ARRAY || at === node) open.push(at);
    }
    open.pop();
    const parent = open.at(-1) as number;
    if (parent === arrayDone) continue;
    if (tape[parent + KIND] === ARRAY) arrayDone = parent;
    paths.add(pathOf(scanner, open, node));
    if (paths.size > MAX_INEXACT_PATHS) break;
  }
  if (paths.size === 0) return null;
  const listed = [...paths];
  if (listed.length > MAX_INEXACT_PATHS) listed[MAX_INEXACT_PATHS] = INEXACT_OVERFLOW;
  return listed.join(INEXACT_PATH_SEPARATOR);
}

/** `open` contains the containers around the node, outermost first. */
function pathOf({ tape, keys }: Scanner, open: readonly number[], node: number): string {
  const steps = [...open.slice(1), node];
  return steps
    .map((step) =>
      tape[step + KEY] === -1 ? '/*' : `/${encodeSegment(keys.name(tape[step + KEY] as number))}`,
    )
    .join('');
}
