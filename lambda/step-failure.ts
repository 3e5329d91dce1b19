import type { LeanOpsError } from '../src/errors/error.ts';

/** Step Functions matches failures by the error's name: it is our code, so that Retry and Catch can tell classes apart. */
export class StepFailure extends Error {
  override readonly name: string;

  constructor(error: LeanOpsError) {
    super(`${error.message}\n${error.remedy}`, { cause: error });
    this.name = error.code;
  }
}
