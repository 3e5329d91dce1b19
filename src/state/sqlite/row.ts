import type { SQLOutputValue } from 'node:sqlite';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  invariant(typeof value === 'string', `column ${column} holds no text`);
  return value;
}

export function optionalText(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function long(row: Row, column: string): bigint {
  const value = row[column];
  invariant(typeof value === 'bigint', `column ${column} holds no integer`);
  return value;
}

export function optionalLong(row: Row, column: string): bigint | null {
  return row[column] === null ? null : long(row, column);
}

/** A count of messages or rows: within 2^53, or the store is damaged. */
export function count(row: Row, column: string): number {
  const value = long(row, column);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new LeanOpsError('STATE_DAMAGED', {
      operation: 'reading the state',
      detail: `column ${column} holds ${value}, which is no possible count`,
    });
  }
  return number;
}

export function errorCodeOf(row: Row, column: string): ErrorCode {
  const code = text(row, column);
  invariant(isErrorCode(code), `column ${column} holds the unknown error code ${code}`);
  return code;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
