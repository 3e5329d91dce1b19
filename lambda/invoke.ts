import type { Context } from 'aws-lambda';
import { LeanOpsError } from '../src/errors/error.ts';
import type { RemedyNames } from '../src/errors/spec.ts';
import { CodedFailure } from './coded-failure.ts';
import { errorFields } from './error-fields.ts';
import type { Runtime } from './runtime.ts';

/**
 * Runs one invocation for that event. Logs carry its request id, a failure is logged, and stored metrics are published
 * however it ends. Throws CodedFailure for a LeanOpsError; any other error passes through.
 */
export async function invoke<T>(
  { logger, metrics }: Runtime,
  event: unknown,
  context: Context,
  task: () => Promise<T>,
): Promise<T> {
  logger.addContext(context);
  try {
    return await task();
  } catch (error) {
    const names = namesIn(event);
    logger.error('the invocation failed', errorFields(error, names));
    throw error instanceof LeanOpsError ? new CodedFailure(error, names) : error;
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}

/** The topic that the event names. Checked by hand: a schema library would not pay for one member. */
function namesIn(event: unknown): RemedyNames {
  const topic = typeof event === 'object' && event !== null && 'topic' in event ? event.topic : undefined;
  return typeof topic === 'string' ? { topic } : {};
}
