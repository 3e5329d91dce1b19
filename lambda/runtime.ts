import { join } from 'node:path';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { type AwsConfig, awsConfigFrom, type Environment } from '../src/aws/deployment/config.ts';

/** The CloudWatch namespace that the alarms read (modules/quality/alarms.tf). */
const NAMESPACE = 'LeanOps';

/** What every function is composed from. */
export interface Runtime {
  readonly environment: Environment;
  readonly config: AwsConfig;
  /** Folder of the contracts. */
  readonly contracts: string;
  /** Service name and log level come from POWERTOOLS_* variables, which Terraform sets. */
  readonly logger: Logger;
  /** Every metric carries the dimensions `service` and `environment`. */
  readonly metrics: Metrics;
}

/** The runtime of the function that is running. The contracts are bundled with the code: both change in one deployment. */
export function deployedRuntime(): Runtime {
  return openRuntime(process.env, join(import.meta.dirname, 'contracts'));
}

/** Throws CONFIG_INVALID with every variable that is missing: a function must not start with a part of its configuration. */
export function openRuntime(environment: Environment, contracts: string): Runtime {
  const config = awsConfigFrom(environment);
  const metrics = new Metrics({ namespace: NAMESPACE });
  metrics.setDefaultDimensions({ environment: config.env });
  return { environment, config, contracts, logger: new Logger(), metrics };
}

/** Takes one metric and emits it at once, with the dimension `topic` that the alarms name. */
export function topicMetrics({ metrics }: Runtime, topic: string): Metrics {
  const single = metrics.singleMetric();
  single.addDimension('topic', topic);
  return single;
}
