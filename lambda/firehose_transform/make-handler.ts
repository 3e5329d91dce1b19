import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, FirehoseTransformationEvent } from 'aws-lambda';
import { bundledContracts } from '../../src/aws/deployment/bundled-contracts.ts';
import { glueDatabase } from '../../src/aws/deployment/config.ts';
import {
  type TransformedRecord,
  type TransformOutcome,
  transformRecords,
} from '../../src/aws/intake/transform-records.ts';
import { RAW_NAMESPACE } from '../../src/raw/table.ts';
import { invoke } from '../invoke.ts';
import type { Runtime } from '../runtime.ts';

export type TransformHandler = (
  event: Pick<FirehoseTransformationEvent, 'records'>,
  context: Context,
) => Promise<{ readonly records: readonly TransformedRecord[] }>;

/** Names the RAW table of each record of the stream. Throws CONFIG_INVALID, CONTRACT_INVALID with everything that is wrong. */
export function makeHandler(runtime: Runtime): TransformHandler {
  const topics = bundledContracts(runtime.contracts);
  const database = glueDatabase(runtime.config, RAW_NAMESPACE);
  return (event, context) =>
    invoke(runtime, event, context, async () => {
      const outcome = transformRecords(event.records, topics, database);
      report(runtime, outcome);
      return { records: outcome.records };
    });
}

function report({ logger, metrics }: Runtime, { faults }: TransformOutcome): void {
  metrics.addMetric('ProcessingFailed', MetricUnit.Count, faults.length);
  if (faults.length === 0) return;
  logger.error('records go to the error prefix', { records: faults.length, reasons: [...new Set(faults)] });
}
