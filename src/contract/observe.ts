/** What sample messages hold at one place: the ground on which a contract is inferred. */
export interface Observed {
  /** Objects that had the key at all, null included. */
  present: number;
  nulls: number;
  readonly kinds: Map<ObservedKind, number>;
  /** The strings and integers seen, as text, in order. */
  readonly values: string[];
  readonly numbers: number[];
  /** Members of the objects seen here. */
  readonly members: Map<string, Observed>;
  /** Arrays and objects seen here, for the search for personal data in what stays JSON text. */
  readonly containers: object[];
}

export type ObservedKind = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';

/** Messages may be nested 64 deep; what lies deeper than this stays JSON text. */
const MAX_DEPTH = 8;

export function observeAll(payloads: readonly object[]): Observed {
  const root = emptyPlace();
  for (const payload of payloads) observe(root, payload, 0);
  return root;
}

function emptyPlace(): Observed {
  return {
    present: 0,
    nulls: 0,
    kinds: new Map(),
    values: [],
    numbers: [],
    members: new Map(),
    containers: [],
  };
}

function observe(place: Observed, value: unknown, depth: number): void {
  place.present += 1;
  if (value === null || value === undefined) {
    place.nulls += 1;
    return;
  }
  const kind = kindOf(value);
  place.kinds.set(kind, (place.kinds.get(kind) ?? 0) + 1);
  if (kind === 'string' || kind === 'integer') place.values.push(String(value));
  if (typeof value === 'number') place.numbers.push(value);
  if (typeof value !== 'object') return;
  place.containers.push(value);
  if (kind !== 'object' || depth >= MAX_DEPTH) return;
  for (const [key, member] of Object.entries(value)) {
    const known = place.members.get(key) ?? emptyPlace();
    place.members.set(key, known);
    observe(known, member, depth + 1);
  }
}

function kindOf(value: unknown): ObservedKind {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? 'integer' : 'number';
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'object';
}
