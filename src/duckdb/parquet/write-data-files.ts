import { invariant } from '../../errors/error.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import { formatLongJson } from '../../iceberg/json.ts';
import { currentSchema, currentSpec, type TableMetadata } from '../../iceberg/metadata.ts';
import { type ResolvedPartitionField, resolvePartition } from '../../iceberg/partition.ts';
import type { PartitionValue } from '../../iceberg/partition-value.ts';
import { type Field, primitiveType } from '../../iceberg/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { registerBucketFunctions } from './bucket-function.ts';
import { checkPartition } from './check-partition.ts';
import { type CopiedFile, copyFiles } from './copy-files.ts';
import { fileStatistics } from './file-stats.ts';
import { transformSql } from './transform-sql.ts';
import { duckDbType, quoteName } from './types.ts';
import { parseValue } from './value-text.ts';

export interface DataFilesRequest {
  /** A query whose columns are columns of the table, by name and type. Optional columns may be absent. */
  readonly select: string;
  /** The table of the files, with its pending changes. */
  readonly table: TableMetadata;
  /** Part of every file's name. Letters, digits, - and _ only. */
  readonly workId: string;
  /** Columns whose values are too long or too private for bounds in manifests. */
  readonly withoutBounds: ReadonlySet<string>;
  /**
   * The partition of all rows, if the caller knows it. Then the engine need not divide the rows. It is checked against
   * what was written.
   */
  readonly partition?: readonly PartitionValue[];
}

export interface WrittenFile {
  readonly file: DataFile;
  /** Hex. The caller stores it to recognize a damaged file later. */
  readonly sha256: string;
}

/** Writes the rows of a query as synced Parquet files of the table. Without rows it writes no file. */
export async function writeDataFiles(
  engine: Engine,
  request: DataFilesRequest,
): Promise<readonly WrittenFile[]> {
  const partition = resolvePartition(currentSpec(request.table), request.table.schemas);
  const fields = await queryFields(engine, request);
  const parting = request.partition === undefined ? partition : [];
  if (parting.some((field) => field.transform.kind === 'bucket')) await registerBucketFunctions(engine);
  const stored = fields.map((field) => ({ ...field, name: storedName(field) }));
  const copied = await copyFiles(engine, {
    select: selectSql(request.select, fields, parting),
    folder: `${request.table.location}/data`,
    workId: request.workId,
    fieldIds: new Map(stored.map((field) => [field.name, field.id])),
    // Iceberg's own writers put it there, and icebird needs it to see which columns an old file lacks.
    footer: { 'iceberg.schema': formatLongJson({ ...currentSchema(request.table), fields: stored }) },
    partitionBy: parting.map(partitionColumn),
  });
  return copied.map((file) => {
    return { file: dataFile(file, request, stored, partition), sha256: file.sha256 };
  });
}

/** The table's fields that the query returns. A wrong type is refused here, because later it would be cast silently. */
async function queryFields(engine: Engine, request: DataFilesRequest): Promise<readonly Field[]> {
  const schema = currentSchema(request.table);
  const columns = await engine.rows(`DESCRIBE ${request.select}`);
  const fields = columns.map(({ column_name: name, column_type: type }) => {
    const field = schema.fields.find((candidate) => candidate.name === name);
    invariant(field !== undefined, `the table has no column ${String(name)}`);
    const expected = duckDbType(primitiveType(field));
    invariant(
      type === expected,
      `column ${field.name} is ${String(type)} in the query, ${expected} in the table`,
    );
    return field;
  });
  const missing = schema.fields.find((field) => field.required && !fields.includes(field));
  invariant(missing === undefined, `the query lacks the required column ${missing?.name}`);
  return fields;
}

function selectSql(
  select: string,
  fields: readonly Field[],
  parting: readonly ResolvedPartitionField[],
): string {
  const columns = fields.map((field) => `${quoteName(field.name)} AS ${quoteName(storedName(field))}`);
  const given = new Set(fields.map((field) => field.id));
  const values = parting.map((field) => {
    const value = given.has(field.source.id) ? transformSql(field) : 'NULL::VARCHAR';
    return `${value} AS ${quoteName(partitionColumn(field))}`;
  });
  return `SELECT ${[...columns, ...values].join(', ')} FROM (${select})`;
}

/** The column's name in the file, where readers find it by id. DuckDB cannot number rows if a column has this name. */
function storedName(field: Field): string {
  return field.name === 'file_row_number' ? 'file_row_number_' : field.name;
}

/** Contract columns have no leading underscore and RAW's columns have no underscore pair, so the name is free. */
function partitionColumn(field: ResolvedPartitionField): string {
  return `__p${field.id}`;
}

function dataFile(
  copied: CopiedFile,
  request: DataFilesRequest,
  fields: readonly Field[],
  partition: readonly ResolvedPartitionField[],
): DataFile {
  const bounded = (column: string) => !request.withoutBounds.has(column);
  const values = request.partition ?? partition.map((field) => partitionValue(field, copied));
  const statistics = fileStatistics(fields, copied.statistics, bounded);
  if (request.partition !== undefined) checkPartition(partition, values, statistics);
  return {
    content: 'data',
    path: copied.path,
    format: 'PARQUET',
    specId: request.table['default-spec-id'],
    partition: values,
    recordCount: copied.recordCount,
    fileSize: copied.size,
    ...statistics,
    keyMetadata: null,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null,
    referencedDataFile: null,
  };
}

function partitionValue(field: ResolvedPartitionField, copied: CopiedFile): PartitionValue {
  const text = copied.partition.get(partitionColumn(field));
  return typeof text === 'string' ? parseValue(field.resultType, text) : null;
}
