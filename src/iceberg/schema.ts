import { LeanOpsError } from '../errors/error.ts';
import { canPromote } from './promotion.ts';

/** Iceberg's schema JSON, with the specification's key names (spec: Appendix C). */

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

/** A column as a table definition names it, before it has an id. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: PrimitiveType;
  readonly required: boolean;
  readonly doc?: string;
}

/** Fields with ids, and the highest id ever used in the table. */
export interface AssignedFields {
  readonly fields: readonly Field[];
  readonly lastColumnId: number;
}

/** Throws INTERNAL if there is no such column. */
export function fieldByName(schema: StructType, name: string): Field {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new LeanOpsError('INTERNAL', { operation: 'reading a table schema', detail: `no column ${name}` });
  }
  return field;
}

/** The field's type. Throws TABLE_UNSUPPORTED if it is nested: contracts flatten columns before they reach a table. */
export function primitiveType(field: Field): PrimitiveType {
  if (typeof field.type === 'string') return field.type;
  throw new LeanOpsError('TABLE_UNSUPPORTED', {
    operation: 'reading a table schema',
    detail: `column ${field.name} is a nested ${field.type.type}`,
  });
}

/** The fields of a new table, with ids from 1 in the order of the columns. */
export function assignIds(columns: readonly ColumnDefinition[]): AssignedFields {
  return {
    fields: columns.map((column, index) => ({ id: index + 1, ...column })),
    lastColumnId: columns.length,
  };
}

/**
 * The fields of a table whose columns change to `columns`. Known columns keep their id and may be promoted (spec: Schema
 * Evolution). New columns get new ids and are optional, because existing files lack them. Columns that are no longer
 * named stay as optional ones. Throws REBUILD_REQUIRED for any other change.
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
 * The fields of a table whose content is replaced. A column of the same name and type keeps its id. Any other column gets
 * a new id, so that no reader takes values for it from an old file. An id that ever had another type is not used again,
 * because promotions cannot be reversed.
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
