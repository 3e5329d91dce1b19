import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';

/** One row of a result. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Longer than any transaction of Lean-Ops, which are all short; then STATE_BUSY. */
const BUSY_TIMEOUT_MS = 10_000;

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that have a code of their own in the taxonomy. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  5: 'STATE_BUSY', // SQLITE_BUSY
  6: 'STATE_BUSY', // SQLITE_LOCKED
  8: 'WORKSPACE_READ_ONLY', // SQLITE_READONLY
  10: 'STATE_DAMAGED', // SQLITE_IOERR
  11: 'STATE_DAMAGED', // SQLITE_CORRUPT
  13: 'DISK_FULL', // SQLITE_FULL
  14: 'WORKSPACE_READ_ONLY', // SQLITE_CANTOPEN: the WAL is a file in the same folder
  26: 'STATE_DAMAGED', // SQLITE_NOTADB
};

/** Extended codes that differ from their primary one: a file that cannot grow is not damaged. */
const EXTENDED_CODES: Readonly<Record<number, ErrorCode>> = {
  778: 'DISK_FULL', // SQLITE_IOERR_WRITE: a limit on file sizes; a full disk gives SQLITE_FULL
  4874: 'DISK_FULL', // SQLITE_IOERR_SHMSIZE: no room for the shared memory of the WAL
};

/** One connection. It keeps prepared statements, writes serially, and turns SQLite's errors into those of the taxonomy. */
export class Database {
  readonly file: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #beforeCommit: () => void;

  /** Throws WORKSPACE_READ_ONLY, STATE_BUSY, STATE_DAMAGED. The folder must exist. */
  constructor(file: string, beforeCommit: () => void = () => undefined) {
    this.file = file;
    this.#beforeCommit = beforeCommit;
    this.#connection = translate('opening the state database', () => {
      const connection = new DatabaseSync(file, {
        timeout: BUSY_TIMEOUT_MS,
        enableForeignKeyConstraints: true,
      });
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      return connection;
    });
  }

  /** All rows. */
  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return translate('reading the state', () => this.#prepare(sql).all(...values));
  }

  /** The first row; null if there is none. */
  get(sql: string, ...values: readonly SQLInputValue[]): Row | null {
    return translate('reading the state', () => this.#prepare(sql).get(...values) ?? null);
  }

  /** Returns the number of rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return translate('writing the state', () => Number(this.#prepare(sql).run(...values).changes));
  }

  /** Several statements without values. */
  script(sql: string): void {
    translate('writing the state', () => this.#connection.exec(sql));
  }

  /** Runs `work` with the write lock held from the start, so what it reads cannot change before it writes. */
  write<T>(work: () => T): T {
    return this.#transaction('BEGIN IMMEDIATE', () => {
      const result = work();
      this.#beforeCommit();
      return result;
    });
  }

  /** Runs `work` on the state of one instant. */
  view<T>(work: () => T): T {
    return this.#transaction('BEGIN', work);
  }

  /**
   * Rewrites the file, so that no free page and no log keeps what was deleted. Throws STATE_BUSY while another
   * connection prevents it.
   */
  scrub(): void {
    this.script('PRAGMA secure_delete = ON');
    this.script('VACUUM');
    const row = this.get('PRAGMA wal_checkpoint(TRUNCATE)');
    if (row === null || row.busy === 0n) return;
    throw new LeanOpsError('STATE_BUSY', {
      operation: 'rewriting the state database',
      detail: 'another process reads it',
    });
  }

  close(): void {
    this.#statements.clear();
    translate('closing the state database', () => this.#connection.close());
  }

  #transaction<T>(begin: string, work: () => T): T {
    this.script(begin);
    try {
      const result = work();
      this.script('COMMIT');
      return result;
    } catch (error) {
      // After some errors, such as a full disk, SQLite has rolled back by itself.
      if (this.#connection.isTransaction) this.script('ROLLBACK');
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    statement.setReadBigInts(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function translate<T>(operation: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error) || !('errcode' in error)) throw error;
    // The low byte of an extended code is its primary code.
    const number = Number(error.errcode);
    const code = EXTENDED_CODES[number] ?? CODES[number & 0xff] ?? 'INTERNAL';
    throw new LeanOpsError(code, { operation, detail: `SQLite reports: ${error.message}`, cause: error });
  }
}
