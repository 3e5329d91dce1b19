import type { Remedy, RemedyNames } from './spec.ts';
import type { ErrorCode } from './taxonomy.ts';

export interface ErrorDetails {
  /** What was being done, as a short phrase: 'reading the contract'. */
  readonly operation: string;
  /** What exactly is wrong, without payload text. */
  readonly detail: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** Replaces the taxonomy's remedy if the code that throws knows a better one. */
  readonly remedy?: Remedy;
  /** Fills the names in the remedy's commands. */
  readonly about?: RemedyNames;
  readonly cause?: unknown;
}

/** A failure of a known kind. The taxonomy decides by its code what follows from it, never its text. */
export class LeanOpsError extends Error {
  override readonly name = 'LeanOpsError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(`${code} while ${details.operation}: ${details.detail}`, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** Checks a condition that must always be true, in production too. Throws INTERNAL: a failure is a defect. */
export function invariant(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new LeanOpsError('INTERNAL', { operation: 'checking an invariant', detail });
}
