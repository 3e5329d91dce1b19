import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import type { Row } from './row.ts';

/** Long enough for any transaction of ours (all are short); then STATE_BUSY. Milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/** SQLite primary result codes (https://sqlite.org/rescode.html) that people can do something about. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  5: 'STATE_BUSY', // SQLITE_BUSY
  6: 'STATE_BUSY', // SQLITE_LOCKED
  8: 'WORKSPACE_READ_ONLY', // SQLITE_READONLY
  10: 'STATE_DAMAGED', // SQLITE_IOERR
  11: 'STATE_DAMAGED', // SQLITE_CORRUPT
  13: 'DISK_FULL', // SQLITE_FULL
  14: 'WORKSPACE_READ_ONLY', // SQLITE_CANTOPEN: WAL needs to write beside the file
  26: 'STATE_DAMAGED', // SQLITE_NOTADB
};

/** Extended codes that say more than their primary one: a file that can't grow is no damage. */
const EXTENDED_CODES: Readonly<Record<number, ErrorCode>> = {
  778: 'DISK_FULL', // SQLITE_IOERR_WRITE: a limit on file sizes; a full disk itself gives SQLITE_FULL
  4874: 'DISK_FULL', // SQLITE_IOERR_SHMSIZE: no room for the shared memory of the WAL
};

/** One connection: prepared statements are kept, writes are serial, and SQLite's errors are told in our own words. */
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

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return translate('reading the state', () => this.#prepare(sql).all(...values));
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | null {
    return translate('reading the state', () => this.#prepare(sql).get(...values) ?? null);
  }

  /** Gives the number of rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return translate('writing the state', () => Number(this.#prepare(sql).run(...values).changes));
  }

  /** Several statements without values. */
  script(sql: string): void {
    translate('writing the state', () => this.#connection.exec(sql));
  }

  /** Runs `work` with the write lock held from the start, so that what it reads can't change before it writes. */
  write<T>(work: () => T): T {
    return this.#transaction('BEGIN IMMEDIATE', () => {
      const result = work();
      this.#beforeCommit();
      return result;
    });
  }

  /** Runs `work` on one unchanging view. */
  view<T>(work: () => T): T {
    return this.#transaction('BEGIN', work);
  }

  /**
   * Writes the file anew, so that no free page and no log keeps what was deleted. Throws STATE_BUSY while another
   * connection keeps it from that.
   */
  scrub(): void {
    this.script('PRAGMA secure_delete = ON');
    this.script('VACUUM');
    const row = this.get('PRAGMA wal_checkpoint(TRUNCATE)');
    if (row === null || row.busy === 0n) return;
    throw new LeanOpsError('STATE_BUSY', {
      operation: 'writing the state anew',
      detail: 'another process is reading it',
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
      // SQLite has rolled back by itself after some errors, a full disk among them.
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
    throw new LeanOpsError(code, { operation, detail: `SQLite says: ${error.message}`, cause: error });
  }
}
