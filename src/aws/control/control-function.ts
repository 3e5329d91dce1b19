import type { TopicBalance } from '../../quality/balance.ts';
import type { Environment } from '../deployment/config.ts';
import { type DeploymentOptions, openDeployment } from '../deployment/open-deployment.ts';
import type { BalanceSources } from '../figures/balance.ts';
import { openQueueFigures } from '../figures/queue-figures.ts';
import { settleSeconds } from '../figures/settle-seconds.ts';
import { UndeliveredRecords } from '../intake/undelivered.ts';

/** What logs and metrics say about the calls. */
export interface ControlReports {
  answered(action: string, answer: object): void;
  /** Another execution holds the topic's lease, and this one ends. */
  alreadyRunning(topic: string): void;
  balance(balance: TopicBalance): void;
}

/** What the control function works with. */
export interface ControlFunction extends BalanceSources {
  readonly reports: ControlReports;
}

/** The control function with clients of its own. They connect when they are first used. Throws CONFIG_INVALID. */
export function openControl(
  options: DeploymentOptions,
  environment: Environment,
  reports: ControlReports,
): ControlFunction {
  const deployment = openDeployment(options);
  return {
    deployment,
    queues: openQueueFigures(options),
    undelivered: new UndeliveredRecords(deployment.files, options.config.firehoseErrorsBucket),
    settleSeconds: settleSeconds(environment),
    reports,
  };
}
