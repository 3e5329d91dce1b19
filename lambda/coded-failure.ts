import type { LeanOpsError } from '../src/errors/error.ts';
import { remedyOf } from '../src/errors/remedy.ts';

/** A failed invocation, named by its code: Lambda reports the name of an error, and Step Functions matches it in Retry and Catch. */
export class CodedFailure extends Error {
  override readonly name: string;

  constructor(error: LeanOpsError) {
    super(`${error.message}\n${remedyOf(error, 'aws')}`, { cause: error });
    this.name = error.code;
  }
}
