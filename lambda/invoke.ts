import type { Context } from 'aws-lambda';
import { LeanOpsError } from '../src/errors/error.ts';
import { CodedFailure } from './coded-failure.ts';
import { errorFields } from './error-fields.ts';
import type { Runtime } from './runtime.ts';

/**
 * Runs one invocation: logs carry its request id, a failure is logged, and stored metrics are published however it ends.
 * Throws CodedFailure for a LeanOpsError; any other error passes through.
 */
export async function invoke<T>(
  { logger, metrics }: Runtime,
  context: Context,
  task: () => Promise<T>,
): Promise<T> {
  logger.addContext(context);
  try {
    return await task();
  } catch (error) {
    logger.error('the invocation failed', errorFields(error));
    throw error instanceof LeanOpsError ? new CodedFailure(error) : error;
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}
