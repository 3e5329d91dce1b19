import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsDeployment } from '../src/aws/deployment/aws-deployment.ts';
import { awsConfigFrom } from '../src/aws/deployment/config.ts';
import { type ClientSettings, openDeployment } from '../src/aws/deployment/open-deployment.ts';
import { type QueueFigures, queueFigures } from '../src/aws/figures/queue-figures.ts';
import { LeanOpsError } from '../src/errors/error.ts';
import { remedyOf } from '../src/errors/remedy.ts';
import { StepFailure } from './step-failure.ts';

/** Where alarms look for metrics (modules/quality/alarms.tf). */
const NAMESPACE = 'LeanOps';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the control functions work with. Name, namespace and log level come from POWERTOOLS_* variables. */
export interface Service {
  readonly deployment: AwsDeployment;
  readonly queues: QueueFigures;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Throws CONFIG_INVALID with everything that is missing: a function that lacks a part must not start. */
export function openService(environment: Environment, contracts: string, settings: ClientSettings): Service {
  const config = awsConfigFrom(environment);
  const tracer = new Tracer();
  const instrument = <T extends object>(client: T): T => tracer.captureAWSv3Client(client);
  return {
    deployment: openDeployment({ config, settings, topics: contracts, instrument }),
    queues: queueFigures(
      instrument(new SQSClient(settings)),
      instrument(new CloudWatchClient(settings)),
      config.prefix,
    ),
    logger: new Logger(),
    metrics: new Metrics({ namespace: NAMESPACE }),
  };
}

/** Runs one invocation; a known failure leaves under its code. */
export async function serve<T>({ logger }: Service, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof LeanOpsError)) throw error;
    logger.error(error.message, { code: error.code, remedy: remedyOf(error, 'aws') });
    throw new StepFailure(error);
  }
}

/** Takes one metric, and emits it with the dimensions that the alarms name. */
export function topicMetrics({ deployment, metrics }: Service, topic: string): Metrics {
  const single = metrics.singleMetric();
  single.addDimensions({ environment: deployment.config.env, topic });
  return single;
}
