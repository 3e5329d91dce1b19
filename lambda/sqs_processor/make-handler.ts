import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { bundledContracts } from '../../src/aws/deployment/bundled-contracts.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { s3Files } from '../../src/aws/deployment/s3-files.ts';
import type { DrainOutcome } from '../../src/aws/intake/drain.ts';
import {
  type ActionRequest,
  actOn,
  type IntakeFunction,
  type IntakeReports,
  intake,
} from '../../src/aws/intake/intake-function.ts';
import type { RedeliverOutcome } from '../../src/aws/intake/redeliver.ts';
import { MICROS_PER_DAY, systemClock } from '../../src/base/time.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { remedyOf } from '../../src/errors/remedy.ts';
import { sentences } from '../../src/errors/sentences.ts';
import { DynamoStore } from '../../src/state/dynamodb/store.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** As in the embedded home: a producer's clock may be a day ahead. */
const MAX_FUTURE_MICROS = MICROS_PER_DAY;
/** A call that hangs must end before the function does, or a batch whose messages all have their fates comes again. */
const CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
} as const;

/** How the SDK's clients reach AWS, where that is not as they find it themselves. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** For an endpoint that knows buckets by path only. */
  readonly forcePathStyle?: boolean;
}

export type IntakeHandler = (
  event: SQSEvent | ActionRequest,
  context: Context,
) => Promise<SQSBatchResponse | DrainOutcome | RedeliverOutcome>;

/** Throws CONFIG_INVALID, CONTRACT_INVALID with everything that is wrong: a function that lacks a part must not start. */
export function makeHandler(
  environment: Environment,
  contracts: string,
  settings: ClientSettings = {},
): IntakeHandler {
  const logger = new Logger();
  const metrics = new Metrics();
  const deployment = openDeployment(environment, contracts, settings, reportsTo(logger, metrics));
  metrics.setDefaultDimensions({ environment: awsConfigFrom(environment).env });
  return async (event, context) => {
    logger.addContext(context);
    try {
      return 'action' in event
        ? await actOn(deployment, event, context)
        : await intake(deployment, event, context);
    } catch (error) {
      logger.error('the invocation failed', told(error));
      throw error;
    } finally {
      metrics.publishStoredMetrics();
    }
  };
}

function openDeployment(
  environment: Environment,
  contracts: string,
  settings: ClientSettings,
  reports: IntakeReports,
): IntakeFunction {
  const config = awsConfigFrom(environment);
  const calls = { ...CALLS, ...settings };
  const tracer = new Tracer();
  const dynamo = tracer.captureAWSv3Client(new DynamoDBClient(calls));
  // A queue's consumer is no lease's owner, so none is asked for.
  const store = new DynamoStore({ client: dynamo, prefix: config.prefix, isOwnerDead: async () => false });
  const s3 = tracer.captureAWSv3Client(new S3Client(calls));
  return {
    topics: bundledContracts(contracts),
    prefix: config.prefix,
    firehose: tracer.captureAWSv3Client(new FirehoseClient(calls)),
    s3,
    files: s3Files(s3),
    sqs: tracer.captureAWSv3Client(new SQSClient(calls)),
    store,
    stream: config.firehoseStream,
    bucket: config.deadLettersBucket,
    errorsBucket: config.firehoseErrorsBucket,
    dlqUrl: config.dlqUrl,
    maxFutureMicros: MAX_FUTURE_MICROS,
    clock: () => systemClock(),
    countIntake: (topic, counts, at, caller) => store.countIntake(topic, counts, at, caller),
    reports,
  };
}

/** Logs and metrics name topics, codes and ids, and nothing that a message says. */
function reportsTo(logger: Logger, metrics: Metrics): IntakeReports {
  return {
    batch: (topic, { failures, counts, codes }) => {
      metrics.addMetric('Received', MetricUnit.Count, counts.received);
      metrics.addMetric('DeadLettered', MetricUnit.Count, counts.deadLettered);
      metrics.addMetric('LeftInQueue', MetricUnit.Count, failures.size);
      if (codes.length > 0)
        logger.warn('messages became dead letters', { topic, codes: [...new Set(codes)] });
      const [first] = failures.values();
      if (first !== undefined) {
        logger.error('messages stay in the queue', { topic, messages: failures.size, ...told(first) });
      }
    },
    drained: ({ drained, settled, open, foreign, failures }) => {
      metrics.addMetric('Drained', MetricUnit.Count, drained);
      const [first] = failures;
      const found = { drained, settled, open, foreign, failed: failures.length };
      logger.info(
        'the central queue was drained',
        first === undefined ? found : { ...found, ...told(first) },
      );
    },
    redelivered: ({ redelivered, removed, left, unreadable, failure }) => {
      const found = { redelivered, removed, left, unreadable };
      const all = failure === null ? found : { ...found, ...told(failure) };
      logger.info('what Firehose could not deliver was put again', all);
    },
    uncounted: (topic, error) => logger.warn('the day was not counted', { topic, ...told(error) }),
  };
}

/** Errors of engines and services may quote values; ours never do. */
function told(error: unknown): { readonly code: string; readonly detail: string } {
  if (error instanceof LeanOpsError)
    return { code: error.code, detail: sentences(error.message, remedyOf(error, 'aws')) };
  return { code: 'INTERNAL', detail: error instanceof Error ? error.name : 'unknown' };
}
