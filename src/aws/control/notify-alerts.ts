import { hoursToMicros } from '../../base/time.ts';
import { type Delivery, deliverAlerts } from '../../pipeline/alerts/deliver.ts';
import { DEFAULTS } from '../../pipeline/settings.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/** How often people are reminded of an alert that stays open and needs action: the default of a new workspace. */
const REPEAT_MICROS = hoursToMicros(DEFAULTS.alertRepeatHours);

/**
 * Stores the verdicts as alerts and sends each sink the notifications that it does not have yet: one when a problem is
 * found, one when it clears.
 */
export async function notifyAlerts(
  deployment: AwsDeployment,
  verdicts: readonly Verdict[],
): Promise<Delivery> {
  const names = deployment.alertSinks.map(({ name }) => name);
  const now = deployment.clock();
  const alerts = await deployment.store.reconcileAlerts(verdicts, names, now);
  return deliverAlerts(deployment.store, alerts, deployment.alertSinks, now, REPEAT_MICROS);
}
