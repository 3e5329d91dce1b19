import type { LeanOpsError } from '../src/errors/error.ts';
import { remedyOf } from '../src/errors/remedy.ts';

/** Step Functions matches failures by the error's name: it is our code, so that Retry and Catch can tell classes apart. */
export class StepFailure extends Error {
  override readonly name: string;

  constructor(error: LeanOpsError) {
    super(`${error.message}\n${remedyOf(error, 'aws')}`, { cause: error });
    this.name = error.code;
  }
}
