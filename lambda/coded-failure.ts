import type { LeanOpsError } from '../src/errors/error.ts';
import { remedyOf } from '../src/errors/remedy.ts';

/** A failed invocation. Lambda reports an error by its name, and Step Functions matches that in Retry and Catch: so the name is our code. */
export class CodedFailure extends Error {
  override readonly name: string;

  constructor(error: LeanOpsError) {
    super(`${error.message}\n${remedyOf(error, 'aws')}`, { cause: error });
    this.name = error.code;
  }
}
