import type { SQLInputValue } from 'node:sqlite';
import { LeanOpsError } from '../../errors/error.ts';
import { type Codec, keyText, type StoredRecord } from '../codec/codec.ts';
import type { Database, Row } from './database.ts';

/** The columns that identify a row, for messages. */
const KEYS = {
  locks: ['topic_name', 'work'],
  checkpoints: ['topic_name'],
  check_results: ['topic_name', 'sequence'],
  error_tracker: ['id'],
  run_failures: ['topic_name', 'day', 'code'],
  counters: ['topic_name', 'day'],
  topic_registry: ['topic_name', 'version'],
  compaction_tracking: ['table_name', 'started_at'],
  alerts: ['topic_name', 'kind'],
  sources: ['source_id'],
  open_work: ['work_id'],
  data_files: ['path'],
  erasures: ['topic_name', 'key_hash'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type TableName = keyof typeof KEYS;

/** Throws STATE_DAMAGED if the row does not fit. */
export function fromRow<T>(codec: Codec<T>, table: TableName, row: Row): T {
  return codec.decode(row, { table, key: () => keyText(row, KEYS[table]) });
}

/** Writes one row and returns the number of rows changed. `existing` decides what happens if its key exists. */
export function insertRow(
  database: Database,
  table: TableName,
  record: StoredRecord,
  existing: 'fails' | 'is replaced' | 'stays' = 'fails',
): number {
  const columns = Object.keys(record);
  const verb = existing === 'is replaced' ? 'INSERT OR REPLACE' : 'INSERT';
  const conflict = existing === 'stays' ? ' ON CONFLICT DO NOTHING' : '';
  const values = columns.map(() => '?').join(', ');
  const sql = `${verb} INTO ${table} (${columns.join(', ')}) VALUES (${values})${conflict}`;
  return database.run(sql, ...columns.map((column) => inputValue(record, column)));
}

/** Sets the columns of the record in the rows that `where` selects, and returns their number. */
export function updateRows(
  database: Database,
  table: TableName,
  record: StoredRecord,
  where: { readonly sql: string; readonly values: readonly SQLInputValue[] },
): number {
  const columns = Object.keys(record);
  const sql = `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${where.sql}`;
  return database.run(sql, ...columns.map((column) => inputValue(record, column)), ...where.values);
}

function inputValue(record: StoredRecord, column: string): SQLInputValue {
  const value = record[column] ?? null;
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  throw new LeanOpsError('INTERNAL', {
    operation: 'writing the state',
    detail: `column ${column} cannot hold a map`,
  });
}

/** The text in a column; throws STATE_DAMAGED if it holds none. */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : damaged(column, 'text');
}

/** The text in a column, or null; throws STATE_DAMAGED if it holds anything else. */
export function optionalText(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** The 64-bit integer in a column; throws STATE_DAMAGED if it holds none. */
export function long(row: Row, column: string): bigint {
  const value = row[column];
  return typeof value === 'bigint' ? value : damaged(column, 'an integer');
}

/** A count of messages or rows, within 2^53; throws STATE_DAMAGED if the column holds none. */
export function count(row: Row, column: string): number {
  const number = Number(long(row, column));
  return Number.isSafeInteger(number) ? number : damaged(column, 'an integer within 2^53');
}

function damaged(column: string, expected: string): never {
  throw new LeanOpsError('STATE_DAMAGED', {
    operation: 'reading the state',
    detail: `column ${column} does not hold ${expected}`,
  });
}
