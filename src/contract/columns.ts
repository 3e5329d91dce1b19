import { readType } from './column-type.ts';
import { type Cursor, show } from './cursor.ts';
import { type CustomProperties, readCustomProperties } from './custom-properties.ts';
import { readOptions } from './gates.ts';
import { isPersonal, readMasking } from './masking.ts';
import type { Column, PathSegment } from './model.ts';
import { readPartition } from './partition.ts';
import { formatPath, parsePath } from './path.ts';
import { type DraftRule, readQuality } from './quality.ts';
import { PROPERTY_CUSTOM, PROPERTY_KEYS, ROOT_CUSTOM } from './vocabulary.ts';

/** A column and the property that it was read from, for checks across columns. */
export interface DraftColumn {
  readonly column: Column;
  /** Its table rules. */
  readonly rules: readonly DraftRule[];
  readonly at: Cursor;
}

/** Payloads are at most 64 levels deep. A contract nested even half as deep is a mistake. */
const MAX_DEPTH = 32;
/** Keys that describe a column, and that an object which is flattened therefore cannot have. */
const COLUMN_KEYS = [
  ...['primaryKey', 'primaryKeyPosition', 'required', 'criticalDataElement', 'unique', 'partitioned'],
  ...['partitionKeyPosition', 'logicalTypeOptions', 'quality', 'items', 'physicalType'],
];

interface Parent {
  readonly name: string | null;
  readonly path: readonly PathSegment[];
  readonly depth: number;
}

/** Reads `properties` of the schema object into columns, in the order of the file. Nested objects are flattened. */
export function readColumns(schemaObject: Cursor): readonly DraftColumn[] {
  const properties = schemaObject.need('properties', 'a list of at least one property', 'List the columns.');
  return properties === null ? [] : readProperties(properties, { name: null, path: [], depth: 0 });
}

function readProperties(list: Cursor, parent: Parent): readonly DraftColumn[] {
  if (parent.depth > MAX_DEPTH) {
    list.fail(
      `properties nested more than ${MAX_DEPTH} deep`,
      'Keep the inner object as JSON text: remove its properties.',
    );
    return [];
  }
  const items = list.list();
  if (items.length === 0)
    list.fail(
      'expected at least one property',
      'List the properties, or remove the list to keep an object as JSON text.',
    );
  return items.flatMap((item) => (item.map(PROPERTY_KEYS) ? readProperty(item, parent) : []));
}

function readProperty(property: Cursor, parent: Parent): readonly DraftColumn[] {
  const nameAt = property.need('name', 'the JSON key', 'Give the name that the payload uses.');
  const name = nameAt?.text() ?? null;
  if (nameAt === null || name === null) return [];
  const custom = readCustomProperties(property, PROPERTY_CUSTOM, {
    names: ROOT_CUSTOM,
    place: 'the contract (top level)',
  });
  const own = {
    name: columnName(property, nameAt, name, parent),
    path: readPath(custom) ?? [...parent.path, { kind: 'key', key: name } as const],
    depth: parent.depth + 1,
  };
  const read = readType(property);
  const nested = property.get('properties');
  if (nested !== null) {
    if (read === null || read.logical === 'object') return flatten(property, nested, custom, own);
    nested.fail(
      `only an object has properties, and this is ${read.logical}`,
      'Use logicalType: object, or remove them.',
    );
  }
  checkColumnName(property.get('physicalName') ?? nameAt, own.name);
  return [{ at: property, ...readColumn(property, custom, own, read?.type ?? null) }];
}

/** physicalName replaces the whole name so far. The name of an object is thus the prefix of its columns. */
function columnName(property: Cursor, nameAt: Cursor, name: string, parent: Parent): string {
  const physical = property.get('physicalName');
  const text = physical?.text() ?? null;
  if (/\p{Cc}/u.test(name) || !name.isWellFormed())
    nameAt.fail(
      'the name contains control characters or half of a surrogate pair',
      'Remove the property. Messages should not have such a key.',
    );
  return text ?? (parent.name === null ? name : `${parent.name}_${name}`);
}

function checkColumnName(at: Cursor, name: string): void {
  if (/^[a-z][a-z0-9_]{0,126}$/.test(name)) return;
  const proposal = snakeCase(name);
  const why = name.startsWith('_')
    ? 'a leading _ is reserved for the columns of Lean-Ops'
    : 'expected lower snake_case of at most 127 characters';
  at.fail(
    `${show(name)} is not a column name: ${why}`,
    proposal === ''
      ? 'Set physicalName to the name of the column.'
      : `Keep name as the JSON key, and set physicalName: ${proposal}.`,
  );
}

/** `customerId` → `customer_id`. Empty if nothing usable is left. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
    .slice(0, 127);
}

function readPath(custom: CustomProperties): readonly PathSegment[] | null {
  const at = custom.get('path');
  return at === undefined ? null : readPathText(at);
}

/** Reads a path. null if it is not one; then the reason is reported. */
export function readPathText(at: Cursor): readonly PathSegment[] | null {
  const text = at.text();
  if (text === null) return null;
  const parsed = parsePath(text);
  if (parsed.ok) return parsed.segments;
  at.fail(
    `${show(text)} is not a path: ${parsed.reason}`,
    'Join keys with dots, write elements as [0], and keys with dots as ["a.b"].',
  );
  return null;
}

function flatten(
  property: Cursor,
  nested: Cursor,
  custom: CustomProperties,
  own: Parent,
): readonly DraftColumn[] {
  for (const key of COLUMN_KEYS)
    property
      .get(key)
      ?.fail(
        `${key} does not apply to an object with properties`,
        'Set it on the properties inside. The object itself is not a column.',
      );
  for (const [key, at] of custom) {
    if (key !== 'path')
      at.fail(
        `${key} does not apply to an object with properties`,
        'Set it on the properties inside. The object itself is not a column.',
      );
  }
  const classified = property.get('classification');
  if (classified !== null && isPersonal(classified))
    classified.fail(
      'an object with properties cannot be masked as a whole',
      'Set the classification on the properties inside.',
    );
  return readProperties(nested, own);
}

function readColumn(
  property: Cursor,
  custom: CustomProperties,
  own: Parent,
  type: Column['type'] | null,
): Omit<DraftColumn, 'at'> {
  const masking = readMasking(property, custom, type);
  checkItems(property, masking !== null);
  const known = type ?? ({ kind: 'string' } as const);
  const name = own.name ?? '';
  const options = type === null ? [] : readOptions(property, type);
  const quality = type === null ? null : readQuality(property, { name, type, masking });
  const key = property.get('primaryKey')?.flag() ?? false;
  const required = property.get('required')?.flag() ?? false;
  const column: Column = {
    name,
    type: known,
    path: own.path,
    displayPath: formatPath(own.path),
    required: required || quality?.required === true,
    cde: property.get('criticalDataElement')?.flag() ?? false,
    keyPosition: keyPosition(property, key),
    masking,
    gates: [...options, ...(quality?.gates ?? [])],
    epoch: readEpoch(custom, type),
    truncate: readTruncate(custom, type),
    partition: readPartition(property, custom, type, masking),
    description: property.get('description')?.text() ?? null,
  };
  return { column, rules: quality?.rules ?? [] };
}

/** 0 means a key column without a position, until the whole key is checked. */
function keyPosition(property: Cursor, key: boolean): number | null {
  const at = property.get('primaryKeyPosition');
  const position = at?.integer() ?? null;
  // ODCS names -1 as the default for "no position".
  if (at === null || position === null || position === -1) return key ? 0 : null;
  if (!key)
    at.fail('primaryKeyPosition without primaryKey: true', 'Add primaryKey: true, or remove the position.');
  if (position < 1)
    at.fail(`expected a position from 1 on, found ${position}`, 'Number the key columns 1, 2, 3.');
  return key ? Math.max(0, position) : null;
}

function readEpoch(custom: CustomProperties, type: Column['type'] | null): 's' | 'ms' | null {
  const at = custom.get('epoch');
  if (at === undefined) return null;
  if (type !== null && type.kind !== 'timestamptz')
    at.fail('epoch applies to timestamps only', 'Use logicalType: timestamp, or remove epoch.');
  return at.choice(['s', 'ms']);
}

function readTruncate(custom: CustomProperties, type: Column['type'] | null): boolean {
  const at = custom.get('truncate');
  if (at === undefined) return false;
  if (type !== null && type.kind !== 'timestamptz')
    at.fail('truncate applies to timestamps only', 'Use logicalType: timestamp, or remove truncate.');
  return at.flag();
}

/** Elements of an array are not read one by one. So nothing in them can be masked or checked. */
function checkItems(property: Cursor, masked: boolean, depth = 0): void {
  const items = property.get('items');
  const parts = [
    ...(items === null ? [] : [items]),
    ...(depth > 0 ? (property.get('properties')?.list() ?? []) : []),
  ];
  if (items !== null && depth === 0) {
    if (property.get('logicalType')?.scalar() !== 'array')
      items.fail('only an array has items', 'Use logicalType: array, or remove them.');
    items.warn(
      'items are kept as documentation. Elements of an array are not checked',
      'To read one element, use the custom property path, as in items[0].',
    );
  }
  for (const part of parts) {
    if (depth >= MAX_DEPTH) part.fail(`items nested more than ${MAX_DEPTH} deep`, 'Remove the inner ones.');
    else if (part.map(PROPERTY_KEYS)) {
      const custom = readCustomProperties(part, PROPERTY_CUSTOM, {
        names: ROOT_CUSTOM,
        place: 'the contract (top level)',
      });
      const classified = part.get('classification');
      const personal = (classified !== null && isPersonal(classified)) || custom.has('masking');
      if (personal && !masked)
        part.fail(
          'a part of an array is personal, but only the whole array can be masked',
          'Set masking: null on the array.',
        );
      checkItems(part, masked, depth + 1);
    }
  }
}
