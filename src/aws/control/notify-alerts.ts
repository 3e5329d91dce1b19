import { MICROS_PER_DAY } from '../../base/time.ts';
import { type Delivery, deliverAlerts } from '../../pipeline/alerts/deliver.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/** People are reminded once a day of an alert that stays open and needs action. */
const REPEAT_MICROS = MICROS_PER_DAY;

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
