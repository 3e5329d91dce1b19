import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { IntakeReports } from '../../src/aws/intake/intake-function.ts';
import { errorFields } from '../error-fields.ts';
import type { Runtime } from '../runtime.ts';

/** Logs and metrics name topics, codes and ids. They hold no text of a message. */
export function intakeReports({ logger, metrics }: Runtime): IntakeReports {
  return {
    batch: (topic, { failures, counts, codes }) => {
      metrics.addMetric('Received', MetricUnit.Count, counts.received);
      metrics.addMetric('DeadLettered', MetricUnit.Count, counts.deadLettered);
      metrics.addMetric('LeftInQueue', MetricUnit.Count, failures.size);
      if (codes.length > 0)
        logger.warn('messages became dead letters', { topic, codes: [...new Set(codes)] });
      const [first] = failures.values();
      if (first === undefined) return;
      logger.error('messages stay in the queue', { topic, messages: failures.size, ...errorFields(first) });
    },
    drained: ({ drained, settled, open, foreign, failures }) => {
      metrics.addMetric('Drained', MetricUnit.Count, drained);
      const found = { drained, settled, open, foreign, failed: failures.length };
      logger.info('drained the central queue', { ...found, ...fieldsOf(failures[0]) });
    },
    redelivered: ({ redelivered, removed, left, unreadable, failure }) => {
      const found = { redelivered, removed, left, unreadable };
      logger.info('put undelivered records again', { ...found, ...fieldsOf(failure ?? undefined) });
    },
    uncounted: (topic, error) => logger.warn('the day was not counted', { topic, ...errorFields(error) }),
  };
}

function fieldsOf(error: Error | undefined) {
  return error === undefined ? {} : errorFields(error);
}
