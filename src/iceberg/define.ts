import { isDeepStrictEqual } from 'node:util';
import { MICROS_PER_MS, type Micros } from '../base/time.ts';
import type { TableRef } from './catalog.ts';
import { currentSchema, currentSpec, type TableMetadata } from './metadata.ts';
import { assignPartitionFields, PARTITION_FIELD_START, type PartitionDefinition } from './partition.ts';
import {
  type AssignedFields,
  assignIds,
  type ColumnDefinition,
  evolveFields,
  replaceFields,
} from './schema.ts';
import type { Table } from './table.ts';

/** The columns of a table, its partitioning and its properties. */
export interface TableDefinition {
  readonly columns: readonly ColumnDefinition[];
  readonly partition: readonly PartitionDefinition[];
  readonly properties: Readonly<Record<string, string>>;
}

/** Engines that change our tables should write as Lean-Ops does: position deletes, zstd. */
export const TABLE_PROPERTIES = {
  'write.format.default': 'parquet',
  'write.parquet.compression-codec': 'zstd',
  'write.delete.mode': 'merge-on-read',
  'write.update.mode': 'merge-on-read',
  'write.merge.mode': 'merge-on-read',
} as const;

/** A table that is not written yet. `location` is its folder, without a slash at the end. */
export function createTable(
  ref: TableRef,
  location: string,
  uuid: string,
  definition: TableDefinition,
  now: Micros,
): Table {
  const { fields, lastColumnId } = assignIds(definition.columns);
  const schema = { type: 'struct', 'schema-id': 0, fields } as const;
  const partition = assignPartitionFields(schema, [], definition.partition, PARTITION_FIELD_START);
  const metadata: TableMetadata = {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0n,
    'last-updated-ms': now / MICROS_PER_MS,
    'last-column-id': lastColumnId,
    'current-schema-id': 0,
    schemas: [schema],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: partition.fields }],
    'last-partition-id': partition.lastPartitionId,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: { ...TABLE_PROPERTIES, ...definition.properties },
    'current-snapshot-id': null,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
  return { ref, metadataLocation: null, metadata };
}

/**
 * The table with its columns, partitioning and properties as defined, not written yet; the same object if nothing
 * changes. Existing files stay as they are and are read by field id. Throws REBUILD_REQUIRED if they cannot be read
 * with a column's new type.
 */
export function evolveTable(table: Table, definition: TableDefinition): Table {
  const { metadata } = table;
  const schema = currentSchema(metadata);
  const evolved = evolveFields(schema, definition.columns, metadata['last-column-id']);
  const widened = evolved.fields.some(({ id, type }) => {
    return type === 'long' && schema.fields.some((field) => field.id === id && field.type === 'int');
  });
  return redefine(
    table,
    evolved,
    widened ? { ...definition, properties: withoutVectors(definition) } : definition,
  );
}

/**
 * Iceberg 1.10 for Spark cannot use vectors to read an int column that became long if Parquet annotates the column
 * (VectorizedArrowReader: BigIntVector cannot be cast to IntVector). DuckDB always annotates it.
 */
function withoutVectors(definition: TableDefinition): Readonly<Record<string, string>> {
  return { ...definition.properties, 'read.parquet.vectorization.enabled': 'false' };
}

/** The table with a new definition for a new generation, not written yet. Old columns do not restrict new ones. */
export function replaceDefinition(table: Table, definition: TableDefinition): Table {
  const { metadata } = table;
  return redefine(
    table,
    replaceFields(metadata.schemas, definition.columns, metadata['last-column-id']),
    definition,
  );
}

function redefine(table: Table, fields: AssignedFields, definition: TableDefinition): Table {
  const withSchema = setSchema(table.metadata, fields);
  const withSpec = setSpec(withSchema, definition.partition);
  const metadata = { ...withSpec, properties: { ...withSpec.properties, ...definition.properties } };
  return isDeepStrictEqual(metadata, table.metadata) ? table : { ...table, metadata };
}

function setSchema(metadata: TableMetadata, { fields, lastColumnId }: AssignedFields): TableMetadata {
  if (isDeepStrictEqual(currentSchema(metadata).fields, fields)) return metadata;
  const same = metadata.schemas.find((schema) => isDeepStrictEqual(schema.fields, fields));
  const id = same?.['schema-id'] ?? Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  const schemas =
    same === undefined
      ? [...metadata.schemas, { type: 'struct', 'schema-id': id, fields } as const]
      : metadata.schemas;
  return { ...metadata, schemas, 'current-schema-id': id, 'last-column-id': lastColumnId };
}

function setSpec(metadata: TableMetadata, definitions: readonly PartitionDefinition[]): TableMetadata {
  const specs = metadata['partition-specs'];
  const assigned = assignPartitionFields(
    currentSchema(metadata),
    specs,
    definitions,
    metadata['last-partition-id'],
  );
  if (isDeepStrictEqual(currentSpec(metadata).fields, assigned.fields)) return metadata;
  const same = specs.find((spec) => isDeepStrictEqual(spec.fields, assigned.fields));
  const id = same?.['spec-id'] ?? Math.max(...specs.map((spec) => spec['spec-id'])) + 1;
  return {
    ...metadata,
    'partition-specs': same === undefined ? [...specs, { 'spec-id': id, fields: assigned.fields }] : specs,
    'default-spec-id': id,
    'last-partition-id': assigned.lastPartitionId,
  };
}
