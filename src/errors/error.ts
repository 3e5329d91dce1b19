import { ERRORS, type ErrorCode } from './taxonomy.ts';

export interface ErrorDetails {
  /** What was being done, as a short phrase: 'reading the contract'. */
  readonly operation: string;
  /** What exactly is wrong here, without payload text. */
  readonly detail: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** Overrides the table's remedy where the place knows better. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A failure of a known kind. Its class, fate and severity come from the table, never from its text. */
export class LeanOpsError extends Error {
  override readonly name = 'LeanOpsError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(`${code} while ${details.operation}: ${details.detail}`, { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get remedy(): string {
    return this.details.remedy ?? ERRORS[this.code].remedy;
  }
}

/** Guards what must hold, in production too; a failure is a bug. */
export function invariant(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new LeanOpsError('INTERNAL', { operation: 'checking an invariant', detail });
}
