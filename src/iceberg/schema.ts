import { LeanOpsError } from '../errors/error.ts';
import { canPromote } from './promotion.ts';

/** Iceberg's schema JSON, with the spec's own key names (spec: Appendix C). */

/** 'boolean', 'int', 'long', 'float', 'double', 'date', 'timestamptz', 'string', 'decimal(9, 2)', … */
export type PrimitiveType = string;

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly Field[];
}

export interface ListType {
  readonly type: 'list';
  readonly 'element-id': number;
  readonly element: FieldType;
  readonly 'element-required': boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly 'key-id': number;
  readonly key: FieldType;
  readonly 'value-id': number;
  readonly value: FieldType;
  readonly 'value-required': boolean;
}

export type FieldType = PrimitiveType | StructType | ListType | MapType;

export interface Field {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: FieldType;
  readonly doc?: string;
}

export interface Schema extends StructType {
  readonly 'schema-id': number;
  readonly 'identifier-field-ids'?: readonly number[];
}

/** A column as a caller names it, before it has an id. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: PrimitiveType;
  readonly required: boolean;
  readonly doc?: string;
}

/** What assigning ids gave: the fields, and the highest id ever used in the table. */
export interface AssignedFields {
  readonly fields: readonly Field[];
  readonly lastColumnId: number;
}

export function fieldByName(schema: StructType, name: string): Field {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new LeanOpsError('INTERNAL', { operation: 'reading a table schema', detail: `no column ${name}` });
  }
  return field;
}

/** The field's type, which must be a primitive one: nested columns are flattened before they reach a table. */
export function primitiveType(field: Field): PrimitiveType {
  if (typeof field.type === 'string') return field.type;
  throw new LeanOpsError('TABLE_UNSUPPORTED', {
    operation: 'reading a table schema',
    detail: `column ${field.name} is a nested ${field.type.type}`,
  });
}

/** Columns of a new table get ids from 1 in their order. */
export function assignIds(columns: readonly ColumnDefinition[]): AssignedFields {
  return {
    fields: columns.map((column, index) => ({ id: index + 1, ...column })),
    lastColumnId: columns.length,
  };
}

/**
 * The fields of a table that goes on to hold `columns`: known ones keep their id (and may be promoted, spec:
 * Schema Evolution), new ones get fresh ids behind the last one and are optional, because existing files lack
 * them; columns that are no longer named stay, optional. Throws REBUILD_REQUIRED for any other change.
 */
export function evolveFields(
  current: StructType,
  columns: readonly ColumnDefinition[],
  lastColumnId: number,
): AssignedFields {
  let lastId = lastColumnId;
  const wanted = new Map(columns.map((column) => [column.name, column]));
  const kept = current.fields.map((field) => evolveField(field, wanted.get(field.name)));
  const known = new Set(current.fields.map((field) => field.name));
  const added = columns
    .filter((column) => !known.has(column.name))
    .map((column) => {
      lastId += 1;
      return { ...column, id: lastId, required: false };
    });
  return { fields: [...kept, ...added], lastColumnId: lastId };
}

function evolveField(field: Field, column: ColumnDefinition | undefined): Field {
  if (column === undefined) return { ...field, required: false };
  const type = primitiveType(field);
  if (type !== column.type && !canPromote(type, column.type)) {
    throw new LeanOpsError('REBUILD_REQUIRED', {
      operation: 'evolving a table',
      detail: `column ${field.name} cannot turn from ${type} into ${column.type}`,
    });
  }
  return { ...field, ...column, required: field.required && column.required };
}

/**
 * The fields of a table that is written anew: a column of the same name and type keeps its id, any other one
 * gets a fresh id, so that no reader ever takes an old file's values for it. An id that ever had another type
 * is not taken up again: promotions go one way.
 */
export function replaceFields(
  schemas: readonly StructType[],
  columns: readonly ColumnDefinition[],
  lastColumnId: number,
): AssignedFields {
  let lastId = lastColumnId;
  const known = schemas.flatMap((schema) => schema.fields);
  const fields = columns.map((column) => {
    const same = known.findLast(
      (field) => field.name === column.name && alwaysOfType(known, field.id, column.type),
    );
    if (same !== undefined) return { ...column, id: same.id };
    lastId += 1;
    return { ...column, id: lastId };
  });
  return { fields, lastColumnId: lastId };
}

function alwaysOfType(known: readonly Field[], id: number, type: PrimitiveType): boolean {
  return known.every((field) => field.id !== id || field.type === type);
}
