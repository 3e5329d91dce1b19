import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FirehoseTransformationEvent } from 'aws-lambda';
import { bundledContracts } from '../../src/aws/deployment/bundled-contracts.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { type TransformedRecord, transformRecords } from '../../src/aws/intake/transform-records.ts';
import { RAW_NAMESPACE } from '../../src/raw/table.ts';

export type TransformHandler = (
  event: Pick<FirehoseTransformationEvent, 'records'>,
) => Promise<{ readonly records: readonly TransformedRecord[] }>;

/** Throws CONFIG_INVALID, CONTRACT_INVALID with everything that is wrong. */
export function makeHandler(
  environment: Readonly<Record<string, string | undefined>>,
  contracts: string,
): TransformHandler {
  const { env, glueDatabasePrefix } = awsConfigFrom(environment);
  const topics = bundledContracts(contracts);
  const logger = new Logger();
  const metrics = new Metrics();
  metrics.setDefaultDimensions({ environment: env });
  return async ({ records }) => {
    const outcome = transformRecords(records, topics, `${glueDatabasePrefix}_${RAW_NAMESPACE}`);
    metrics.addMetric('ProcessingFailed', MetricUnit.Count, outcome.faults.length);
    metrics.publishStoredMetrics();
    if (outcome.faults.length > 0) {
      const reasons = [...new Set(outcome.faults)];
      logger.error('records go to the error prefix', { records: outcome.faults.length, reasons });
    }
    return { records: outcome.records };
  };
}
