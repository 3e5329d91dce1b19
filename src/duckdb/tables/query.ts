import type { Json as DuckDBJson, DuckDBPreparedStatement } from '@duckdb/node-api';
import { LeanOpsError } from '../../errors/error.ts';
import { type Engine, isInterrupt, stoppedError } from '../engine/engine.ts';
import type { LocalPlace } from './readable-place.ts';
import { withReader } from './reader.ts';

/** Values as JSON: times as text in UTC, decimals and integers beyond 2^53 as text, so that nothing is rounded. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly DuckDBJson[])[];
  /** There are more rows than the limit. */
  readonly truncated: boolean;
}

/** DuckDB's number for a statement that only reads, which includes SHOW, DESCRIBE and SUMMARIZE. */
const SELECT = 1;

/**
 * Runs one read-only statement over raw.* and semantic.*, and returns at most `limit` rows. Throws QUERY_REFUSED with
 * DuckDB's explanation, and INTERRUPTED.
 */
export function queryWorkspace(
  place: LocalPlace,
  sql: string,
  limit: number,
  signal: AbortSignal,
): Promise<QueryResult> {
  return withReader(place, signal, (engine) => queryEngine(engine, sql, limit));
}

/** Runs a statement as `queryWorkspace` does, on a reader's engine. */
export async function queryEngine(engine: Engine, sql: string, limit: number): Promise<QueryResult> {
  const statement = await prepare(engine, sql);
  try {
    const result = await asked(() => statement.streamAndReadUntil(limit + 1));
    const types = result.columnTypes().map(String);
    const rows = result.getRowsJson().slice(0, limit);
    return {
      columns: result.deduplicatedColumnNames().map((name, at) => ({ name, type: types[at] ?? '' })),
      rows: rows.map((row) => row.map((value, at) => shorten(value, types[at] ?? ''))),
      truncated: result.currentRowCount > limit,
    };
  } finally {
    statement.destroySync();
  }
}

async function prepare(engine: Engine, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.trim() === '') throw refused('the SQL is empty');
  const statements = await asked(() => engine.connection.extractStatements(sql));
  if (statements.count !== 1) throw refused(`expected 1 statement, found ${statements.count}`);
  const statement = await asked(() => statements.prepare(0));
  if (statement.statementType === SELECT) return statement;
  statement.destroySync();
  throw refused('the statement is not read-only');
}

/** The error is in the caller's own statement, so DuckDB's explanation of it is shown. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    if (isInterrupt(text)) throw stoppedError('running the query');
    throw refused(explanation(text), cause);
  }
}

/** DuckDB's paragraph that suggests an extension or a setting. A query can change neither. */
const SUGGESTS_SETTING = /^\s*(?:INSTALL|LOAD|SET) \w+/m;

function explanation(text: string): string {
  return text
    .replace(/^Failed to extract statements: /, '')
    .replace(
      / - file system operations are disabled by configuration/,
      ': a query reads raw.* and semantic.* only',
    )
    .split(/\n{2,}/)
    .filter((paragraph) => !SUGGESTS_SETTING.test(paragraph))
    .join('\n\n')
    .trimEnd();
}

function refused(detail: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('QUERY_REFUSED', { operation: 'running the query', detail, cause });
}

/** DuckDB writes every 64-bit integer as text. One that a double holds exactly becomes a number. */
function shorten(value: DuckDBJson, type: string): DuckDBJson {
  if (type !== 'BIGINT' && type !== 'UBIGINT' && type !== 'HUGEINT') return value;
  const number = Number(value);
  return value !== null && Number.isSafeInteger(number) ? number : value;
}
