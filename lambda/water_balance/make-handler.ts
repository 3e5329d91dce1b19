import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type Answer, act } from '../../src/aws/control/act.ts';
import { residualOf } from '../../src/aws/control/balance-call.ts';
import { readCall } from '../../src/aws/control/calls.ts';
import { type ControlReports, openControl } from '../../src/aws/control/control-function.ts';
import type { ClientSettings } from '../../src/aws/deployment/client-settings.ts';
import { deploymentOptions } from '../deployment-options.ts';
import { invoke } from '../invoke.ts';
import { type Runtime, topicMetrics } from '../runtime.ts';

/** The control function: the steps of the state machine, the cleanup rule, and the balance. Throws CONFIG_INVALID. */
export function makeHandler(runtime: Runtime, settings: ClientSettings = {}) {
  const options = deploymentOptions(runtime, settings);
  const control = openControl(options, runtime.environment, controlReports(runtime));
  return (event: unknown, context: Context): Promise<Answer> =>
    invoke(runtime, event, context, () => act(control, readCall(event)));
}

function controlReports(runtime: Runtime): ControlReports {
  return {
    answered: (action, answer) => runtime.logger.info('answered', { action, answer }),
    alreadyRunning: (topic) => topicMetrics(runtime, topic).addMetric('AlreadyRunning', MetricUnit.Count, 1),
    // At every check, balanced or not: the alarms take missing data as a failure.
    balance: (balance) => {
      const unknown = balance.status === 'unknown' ? 1 : 0;
      const residual = residualOf(balance);
      topicMetrics(runtime, balance.topic).addMetric('ResidualMessages', MetricUnit.Count, residual);
      topicMetrics(runtime, balance.topic).addMetric('BalanceUnknown', MetricUnit.Count, unknown);
    },
  };
}
