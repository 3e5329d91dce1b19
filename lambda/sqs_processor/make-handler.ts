import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ClientSettings } from '../../src/aws/deployment/client-settings.ts';
import type { DrainOutcome } from '../../src/aws/intake/drain.ts';
import { type ActionRequest, actOn, intake } from '../../src/aws/intake/intake-function.ts';
import { openIntake } from '../../src/aws/intake/open-intake.ts';
import type { RedeliverOutcome } from '../../src/aws/intake/redeliver.ts';
import { deploymentOptions } from '../deployment-options.ts';
import { invoke } from '../invoke.ts';
import type { Runtime } from '../runtime.ts';
import { intakeReports } from './intake-reports.ts';

export type IntakeHandler = (
  event: SQSEvent | ActionRequest,
  context: Context,
) => Promise<SQSBatchResponse | DrainOutcome | RedeliverOutcome>;

/** Takes batches of the topics' queues, and what schedules and people ask for. Throws CONFIG_INVALID, CONTRACT_INVALID. */
export function makeHandler(runtime: Runtime, settings: ClientSettings = {}): IntakeHandler {
  const deployment = openIntake(deploymentOptions(runtime, settings), intakeReports(runtime));
  return (event, context) =>
    invoke<SQSBatchResponse | DrainOutcome | RedeliverOutcome>(runtime, event, context, () =>
      'action' in event ? actOn(deployment, event, context) : intake(deployment, event, context),
    );
}
