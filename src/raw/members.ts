import type { PathSegment } from '../contract/model.ts';
import * as keyTables from './key-table.ts';
import { KNOWN_NAMES, type KnownName, knownNumber } from './known-names.ts';
import type { Scanner } from './scanner.ts';
import * as tapeLayout from './tape.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { KNOWN } = keyTables;
const { ARRAY, KEY, KIND, NEXT, NODE_SLOTS, OBJECT } = tapeLayout;

/** The numbers of names, so that no Map is needed. */
export const NAME = Object.fromEntries(KNOWN_NAMES.map((name) => [name, knownNumber(name)])) as Readonly<
  Record<KnownName, number>
>;

/** The members of one object that have a known name. One pass finds them. */
export class Members {
  private readonly nodes = new Int32Array(KNOWN_NAMES.length);
  /** The pass that found a node. This is cheaper than emptying `nodes` before each pass. */
  private readonly passes = new Float64Array(KNOWN_NAMES.length);
  private pass = 0;

  /** If `node` is -1 or not an object, all members are missing. */
  collect(scanner: Scanner, node: number): void {
    this.pass += 1;
    const { tape, keys } = scanner;
    const { slots } = keys;
    if (node < 0 || tape[node + KIND] !== OBJECT) return;
    const { nodes, passes, pass } = this;
    const end = tape[node + NEXT] as number;
    for (let at = node + NODE_SLOTS; at < end; at = tape[at + NEXT] as number) {
      const name = slots[(tape[at + KEY] as number) + KNOWN] as number;
      if (name < 0) continue;
      nodes[name] = at;
      passes[name] = pass;
    }
  }

  /** The node of the member by `NAME.…`; -1 if it is missing. */
  node(name: number): number {
    return this.passes[name] === this.pass ? (this.nodes[name] as number) : -1;
  }

  has(name: number): boolean {
    return this.passes[name] === this.pass;
  }
}

/** The node at a path below `node`; -1 if a step is missing. */
export function findNode(scanner: Scanner, node: number, path: readonly PathSegment[]): number {
  let at = node;
  for (let step = 0; step < path.length && at >= 0; step++) {
    at = stepInto(scanner, at, path[step] as PathSegment);
  }
  return at;
}

function stepInto(scanner: Scanner, node: number, step: PathSegment): number {
  const { tape, keys } = scanner;
  const kind = tape[node + KIND];
  if (kind !== (step.kind === 'key' ? OBJECT : ARRAY)) return -1;
  const end = tape[node + NEXT] as number;
  let index = 0;
  for (let at = node + NODE_SLOTS; at < end; at = tape[at + NEXT] as number) {
    if (step.kind === 'index' ? index === step.index : keys.name(tape[at + KEY] as number) === step.key)
      return at;
    index += 1;
  }
  return -1;
}
