import { LeanOpsError } from './error.ts';
import type { ErrorCode } from './taxonomy.ts';

/**
 * Error names of AWS services that mean that a call may succeed later. Any other error below 500 is a matter of setup:
 * permissions, names, regions, size limits.
 */
const TRANSIENT: ReadonlySet<string> = new Set([
  'InternalServerError',
  'InternalFailure',
  'InternalError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** A failed call to AWS as AWS_UNAVAILABLE, AWS_REFUSED or INTERNAL. The text may name resources; services do not quote what was sent. */
export function awsError(operation: string, error: unknown): LeanOpsError {
  if (error instanceof LeanOpsError) return error;
  const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) };
  return new LeanOpsError(codeOf(error), { operation, detail: `AWS says ${name}: ${message}`, cause: error });
}

function codeOf(error: unknown): ErrorCode {
  if (!(error instanceof Error)) return 'INTERNAL';
  const status = httpStatus(error);
  if (TRANSIENT.has(error.name) || status >= 500 || status === 429) return 'AWS_UNAVAILABLE';
  // Without an answer there is no status: the network failed, or there are no credentials.
  if (status === 0) return error.name === 'CredentialsProviderError' ? 'AWS_REFUSED' : 'AWS_UNAVAILABLE';
  return 'AWS_REFUSED';
}

/** 0 if the service did not answer. */
function httpStatus(error: Error): number {
  const metadata: unknown = '$metadata' in error ? error.$metadata : null;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return 0;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}
