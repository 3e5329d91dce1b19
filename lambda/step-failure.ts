import type { LeanOpsError } from '../src/errors/error.ts';

/** Step Functions matches failures by the error's name. It is the code, so that Retry and Catch can distinguish classes. */
export class StepFailure extends Error {
  override readonly name: string;

  constructor(error: LeanOpsError, remedy: string) {
    super(`${error.message}\n${remedy}`, { cause: error });
    this.name = error.code;
  }
}
