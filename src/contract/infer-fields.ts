import { snakeCase } from './columns.ts';
import { defaultFieldAt } from './envelope-fields.ts';
import { type InferredType, inferType } from './infer-type.ts';
import type { PathSegment } from './model.ts';
import type { Observed } from './observe.ts';
import { namedPersonal, personalLook } from './personal.ts';

/** A property as the proposed contract will have it. */
export interface InferredField {
  readonly key: string;
  readonly path: readonly PathSegment[];
  /** The column's name. null for an object whose members become columns. */
  readonly column: string | null;
  /** The column's name differs from the one that its keys would give. */
  readonly renamed: boolean;
  readonly type: InferredType;
  readonly place: Observed;
  /** The number of messages in which it had a value. */
  readonly filled: number;
  /** Why it is proposed as personal data. null if nothing suggests it. */
  readonly personal: string | null;
  readonly members: readonly InferredField[];
}

/** An object with more keys than this uses its keys as data. */
const MAX_MEMBERS = 200;
/** Well below the limit of a contract. */
const MAX_COLUMNS = 500;

export interface InferredFields {
  readonly fields: readonly InferredField[];
  /** The number of keys in the messages that got no property. */
  readonly left: number;
}

/** The properties that the observed messages suggest, objects flattened as the contract would have them. */
export function inferFields(root: Observed): InferredFields {
  const walk = new FieldWalk();
  const fields = walk.members(root, { name: null, key: null, path: [] });
  return { fields, left: walk.left };
}

interface Around {
  readonly name: string | null;
  readonly key: string | null;
  readonly path: readonly PathSegment[];
}

class FieldWalk {
  left = 0;
  private readonly names = new Set<string>();

  members(place: Observed, around: Around): readonly InferredField[] {
    return [...place.members].flatMap(([key, member]) => {
      const usable = key.trim() !== '' && !/\p{Cc}/u.test(key) && key.isWellFormed();
      const field = usable && this.names.size < MAX_COLUMNS ? this.field(key, member, around) : null;
      if (field !== null && !hidesField(field)) return [field];
      this.left += 1;
      return [];
    });
  }

  private field(key: string, place: Observed, around: Around): InferredField {
    const path = [...around.path, { kind: 'key', key } as const];
    const joined = around.name === null ? key : `${around.name}_${key}`;
    const type = inferType(snakeCase(key), place);
    const base = { key, path, type, place, filled: place.present - place.nulls };
    if (
      type.logicalType === 'object' &&
      type.sure &&
      place.members.size > 0 &&
      place.members.size <= MAX_MEMBERS
    ) {
      const members = this.members(place, { name: joined, key, path });
      if (members.length > 0) return { ...base, column: null, renamed: false, personal: null, members };
    }
    const column = this.uniqueName(joined);
    return {
      ...base,
      column,
      renamed: column !== joined,
      personal: personalReason(path, around.key, type, place),
      members: [],
    };
  }

  private uniqueName(joined: string): string {
    const base = snakeCase(joined).slice(0, 120) || 'column';
    let name = base;
    for (let n = 2; this.names.has(name); n++) name = `${base}_${n}`;
    this.names.add(name);
    return name;
  }
}

/** JSON text that would be masked as a whole, although ingest takes an id from inside it. */
function hidesField({ column, type, path, personal }: InferredField): boolean {
  return (
    column !== null &&
    type.logicalType === 'object' &&
    personal !== null &&
    defaultFieldAt(path)?.inside === true
  );
}

/** Why a place is proposed as personal data, by its name and values. null if nothing suggests it. */
export function personalReason(
  path: readonly PathSegment[],
  parent: string | null,
  type: InferredType,
  place: Observed,
): string | null {
  if (type.logicalType === 'timestamp' || type.logicalType === 'boolean') return null;
  const field = defaultFieldAt(path);
  // An id of the message can only be masked by hash, which needs a text. Its schema version cannot be masked.
  if (field?.inside === false && (type.logicalType !== 'string' || field.field === 'schemaVersion'))
    return null;
  if (place.personalInside) return 'it contains something that looks personal';
  const look = personalLook(place.looks);
  if (look !== null) return `looks like ${look}`;
  const last = path.at(-1);
  return last?.kind === 'key' && namedPersonal(last.key, parent) ? 'by its name' : null;
}
