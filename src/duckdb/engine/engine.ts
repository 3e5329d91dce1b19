import { mkdir } from 'node:fs/promises';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import { type EngineValue, plainValue } from './values.ts';

/** Rows come in any order unless a query orders them, which saves memory. Nothing is fetched from the network. */
const SETTINGS = { preserve_insertion_order: 'false', autoinstall_known_extensions: 'false' } as const;
const TEMP_MODE = 0o700;

export interface EngineOptions {
  /** In DuckDB's notation: '1GiB'. */
  readonly memoryLimit: string;
  readonly threads: number;
  /** Spill files may hold payloads, so the folder lies in the workspace and is for its owner only. */
  readonly tempDirectory: string;
}

export type EngineRow = Readonly<Record<string, EngineValue>>;

/** A DuckDB database in memory. Failures are LeanOpsError, and their texts hold no value of the data. */
export interface Engine {
  /** `values` are the parameters $1, $2 …. Personal data is passed there, because it must not be in SQL text. */
  run(sql: string, values?: DuckDBValue[]): Promise<void>;
  rows(sql: string): Promise<readonly EngineRow[]>;
  /** Stops the running statement, which then throws INTERRUPTED. */
  interrupt(): void;
  close(): void;
  /** For what SQL cannot do, for example functions in TypeScript. */
  readonly connection: DuckDBConnection;
}

/** Starts an engine. Throws NATIVE_PACKAGE_MISSING if DuckDB is not installed for this platform. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { DuckDBInstance } = await importDuckDb();
  await mkdir(options.tempDirectory, { recursive: true, mode: TEMP_MODE });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit,
    threads: String(options.threads),
    temp_directory: options.tempDirectory,
    ...SETTINGS,
  });
  const engine = engineOf(instance, await instance.connect());
  // Not among the settings above: DuckDB reads those before it loads the time zones.
  await engine.run("SET TimeZone = 'UTC'");
  return engine;
}

async function importDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    throw new LeanOpsError('NATIVE_PACKAGE_MISSING', {
      operation: 'starting DuckDB',
      detail: `@duckdb/node-api does not load on ${process.platform}-${process.arch}`,
      cause,
    });
  }
}

function engineOf(instance: DuckDBInstance, connection: DuckDBConnection): Engine {
  return {
    connection,
    run: async (sql, values) => {
      await guarded(() => connection.run(sql, values));
    },
    rows: async (sql) => {
      const result = await guarded(() => connection.runAndReadAll(sql));
      return result.getRowObjects().map((row) => {
        return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
      });
    },
    interrupt: () => connection.interrupt(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The error of a query that was stopped from outside; DuckDB's own text says no more than that. */
export function stoppedError(operation: string): LeanOpsError {
  return new LeanOpsError('INTERRUPTED', { operation, detail: 'the query was stopped' });
}

/** Whether DuckDB ended a query because it was interrupted. */
export function isInterrupt(text: string): boolean {
  return /^INTERRUPT/i.test(text);
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw engineError(cause);
  }
}

/** DuckDB's errors have texts and no codes. The first pattern that matches decides. */
const ERROR_PATTERNS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/No space left on device|disk quota exceeded|File too large|max_temp_directory_size/i, 'DISK_FULL'],
  [/Permission denied|Read-only file system/i, 'WORKSPACE_READ_ONLY'],
  [
    /No magic bytes|too small to be a Parquet|No files found that match|Corrupt|Invalid Parquet|Decompression failure|Out of buffer|Invalid string encoding found in Parquet/i,
    'DATA_FILE_CORRUPT',
  ],
];

/** Kinds of errors whose texts name SQL, files and memory; the texts of others may quote a value of the data. */
const SAFE_KIND = /^(Binder|Parser|Catalog|IO|Out of Memory|Not implemented|Permission) Error/;

/** Personal data must not reach a log, so of most errors only the kind is kept, and the name of a file. */
function engineError(cause: unknown): LeanOpsError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (isInterrupt(text)) return stoppedError('running a query');
  const kind = /^[A-Za-z ]+(?=:)/.exec(text)?.[0] ?? 'unknown error';
  const code = ERROR_PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? 'INTERNAL';
  const file = /(\/[^"'\n]*\.parquet)/.exec(text)?.[1];
  const said = SAFE_KIND.test(text) ? (text.split('\n', 1)[0] ?? kind) : kind;
  const details = { operation: 'running SQL', detail: `DuckDB says: ${said}` };
  return new LeanOpsError(code, file === undefined ? details : { ...details, file });
}
