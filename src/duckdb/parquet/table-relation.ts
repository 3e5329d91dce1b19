import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DataFile } from '../../iceberg/data-file.ts';
import { DELETE_PATH_ID, DELETE_POSITION_ID } from '../../iceberg/delete-schema.ts';
import { type Field, primitiveType, type Schema } from '../../iceberg/schema.ts';
import { duckDbType, quoteName, quoteText, textList } from './types.ts';

/** A data file with the delete files that apply to it, for example from a planned scan. */
export interface RelationFile {
  readonly file: ReadFile;
  readonly deletes: readonly ReadFile[];
}

/** Only the engine's planner uses `recordCount`. */
type ReadFile = Pick<DataFile, 'path' | 'recordCount'>;

export interface RelationOptions {
  /** Adds `_file` VARCHAR and `_pos` BIGINT: each row's file and 0-based position, as position deletes name them. */
  readonly positions: boolean;
  /** Adds `_rid` BIGINT: a number per row, the same each time that the same files are read. */
  readonly numbered?: boolean;
  /** The folder that holds a copy of each file, under `copyOf`'s name. Absent: the files themselves are read. */
  readonly copies?: string;
}

/** Path of the copy of a file. Its name is a hash, because a location may hold `*` or `[`, which DuckDB expands. */
export function copyOf(folder: string, location: string): string {
  return join(folder, `${createHash('sha256').update(location).digest('hex')}.parquet`);
}

/** Columns with the position of a row. A contract's columns do not start with an underscore. */
const POSITIONS = 'filename AS "_file", file_row_number AS "_pos"';

/** A file holds fewer than 2^32 rows; `before` counts the files of another part of the same relation. */
const numberFrom = (before: number): string =>
  `((file_index::BIGINT + ${before}) << 32) | file_row_number AS "_rid"`;

/**
 * A query for the live rows of the files in the columns of `schema`, without the rows that position deletes name.
 * Columns are read by field id, so that renamed, promoted and added columns are right.
 */
export function tableRelation(
  schema: Schema,
  files: readonly RelationFile[],
  options: RelationOptions,
): string {
  const { copies } = options;
  // Position deletes name the original files, and the engine names the copies that it reads.
  const hitPath =
    copies === undefined ? 'file_path' : `concat(${quoteText(`${copies}/`)}, sha256(file_path), '.parquet')`;
  const untouched = files.filter((file) => file.deletes.length === 0);
  const hit = files.filter((file) => file.deletes.length > 0);
  const parts: string[] = [];
  if (untouched.length > 0) parts.push(rowsOf(schema, untouched, options, 0));
  if (hit.length > 0)
    parts.push(
      `${rowsOf(schema, hit, options, untouched.length)} ANTI JOIN ${deletedPositions(hit, copies)} ON filename = ${hitPath} AND file_row_number = pos`,
    );
  return parts.length === 0
    ? emptyRelation(schema, options)
    : parts.map((part) => `(${part})`).join(' UNION ALL ');
}

/** Every row of the files, deleted or not. */
function rowsOf(
  schema: Schema,
  files: readonly RelationFile[],
  options: RelationOptions,
  before: number,
): string {
  const columns = schema.fields.map((field) => `${innerName(field)} AS ${quoteName(field.name)}`);
  const selected = [
    ...columns,
    ...(options.positions ? [POSITIONS] : []),
    ...(options.numbered ? [numberFrom(before)] : []),
  ];
  return `SELECT ${selected.join(', ')} FROM ${readFiles(
    schema.fields.map(columnSpec),
    files.map(({ file }) => file),
    options.copies,
  )}`;
}

/**
 * Passes the number of rows to DuckDB. Without it, DuckDB assumes 1000 rows for a file that is read by field ids, and
 * then keeps payloads in memory to join a few ids.
 */
function readFiles(columns: readonly string[], files: readonly ReadFile[], copies?: string): string {
  const paths = files.map(({ path }) => (copies === undefined ? path : copyOf(copies, path)));
  const rows = files.reduce((sum, { recordCount }) => sum + recordCount, 0n);
  return `read_parquet(${textList(paths)}, schema=MAP {${columns.join(', ')}}, filename=true, file_row_number=true, explicit_cardinality=${rows})`;
}

function columnSpec(field: Field): string {
  return specText(field.id, innerName(field), duckDbType(primitiveType(field)));
}

function specText(id: number, name: string, type: string): string {
  return `${id}: {name: ${quoteText(name)}, type: ${quoteText(type)}, default_value: NULL}`;
}

/** A name of our own, because the column's name may be `filename`. */
function innerName(field: Field): string {
  return `c${field.id}`;
}

/** The positions that the delete files hold, for these data files and for others that share the delete files. */
export function deletedPositions(hit: readonly RelationFile[], copies?: string): string {
  const files = new Map(hit.flatMap(({ deletes }) => deletes.map((deleted) => [deleted.path, deleted])));
  const columns = [
    specText(DELETE_PATH_ID, 'file_path', 'VARCHAR'),
    specText(DELETE_POSITION_ID, 'pos', 'BIGINT'),
  ];
  return `(SELECT file_path, pos FROM ${readFiles(columns, [...files.values()], copies)})`;
}

function emptyRelation(schema: Schema, options: RelationOptions): string {
  const columns = schema.fields.map(
    (field) => `NULL::${duckDbType(primitiveType(field))} AS ${quoteName(field.name)}`,
  );
  const positions = options.positions ? ['NULL::VARCHAR AS "_file"', 'NULL::BIGINT AS "_pos"'] : [];
  if (options.numbered) positions.push('NULL::BIGINT AS "_rid"');
  return `SELECT ${[...columns, ...positions].join(', ')} WHERE false`;
}
