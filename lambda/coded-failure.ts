import type { LeanOpsError } from '../src/errors/error.ts';
import { remedyOf } from '../src/errors/remedy.ts';
import type { RemedyNames } from '../src/errors/spec.ts';

/**
 * A failed invocation, named by its code: Lambda reports the name of an error, and Step Functions matches it in Retry and
 * Catch. `names` fill the remedy.
 */
export class CodedFailure extends Error {
  override readonly name: string;

  constructor(error: LeanOpsError, names: RemedyNames) {
    super(`${error.message}\n${remedyOf(error, 'aws', names)}`, { cause: error });
    this.name = error.code;
  }
}
