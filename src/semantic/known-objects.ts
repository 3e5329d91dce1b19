import type { Column, PathSegment } from '../contract/model.ts';

/** An object of the payload of which the contract names at least one member. */
export interface KnownObject {
  /** Empty for the payload itself. */
  readonly path: readonly PathSegment[];
  /** For people: `customer.address`; empty for the payload itself. */
  readonly displayPath: string;
  readonly members: readonly string[];
  /** The members that the contract names. */
  readonly named: readonly string[];
}

/** Members of the payload that the rules of envelopes read, so they are not drift although no contract names them. */
const ENVELOPE_MEMBERS = [
  '_metadata',
  'idempotency_key',
  'period_reference',
  'correlation_id',
  'schemaVersion',
];

/** Every object on the path to a column, the payload first. */
export function knownObjects(columns: readonly Column[]): readonly KnownObject[] {
  const members = new Map<string, { path: readonly PathSegment[]; names: Set<string> }>();
  members.set('', { path: [], names: new Set() });
  for (const column of columns) {
    column.path.forEach((segment, depth) => {
      if (segment.kind !== 'key') return;
      const path = column.path.slice(0, depth);
      const id = display(path);
      const known = members.get(id) ?? { path, names: new Set<string>() };
      known.names.add(segment.key);
      members.set(id, known);
    });
  }
  return [...members].map(([displayPath, { path, names }]) => ({
    path,
    displayPath,
    members: [...names, ...(path.length === 0 ? ENVELOPE_MEMBERS : [])].sort(),
    named: [...names].sort(),
  }));
}

function display(path: readonly PathSegment[]): string {
  return path
    .map((segment) => (segment.kind === 'key' ? `.${segment.key}` : `[${segment.index}]`))
    .join('')
    .replace(/^\./, '');
}
