import { Tracer } from '@aws-lambda-powertools/tracer';
import type { ClientSettings } from '../src/aws/deployment/client-settings.ts';
import type { DeploymentOptions } from '../src/aws/deployment/open-deployment.ts';
import type { Runtime } from './runtime.ts';

/**
 * How a function that calls AWS opens its clients: every call is traced. This is not a part of the runtime, because a function
 * that calls nothing should not load the tracer.
 */
export function deploymentOptions(
  { config, contracts }: Runtime,
  settings: ClientSettings,
): DeploymentOptions {
  const tracer = new Tracer();
  return { config, settings, topics: contracts, instrument: (client) => tracer.captureAWSv3Client(client) };
}
