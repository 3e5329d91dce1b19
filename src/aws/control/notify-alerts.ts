import { MICROS_PER_DAY } from '../../base/time.ts';
import { type Delivery, deliverAlerts } from '../../pipeline/alerts/deliver.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/** A pressing alert that stays open is told again after a day. */
const REPEAT_MICROS = MICROS_PER_DAY;

/** Keeps what was found as alerts and tells the sinks what they have not heard: one notice a trouble, one when it is over. */
export async function notifyAlerts(
  deployment: AwsDeployment,
  verdicts: readonly Verdict[],
): Promise<Delivery> {
  const names = deployment.alertSinks.map(({ name }) => name);
  const now = deployment.clock();
  const alerts = await deployment.store.reconcileAlerts(verdicts, names, now);
  return deliverAlerts(deployment.store, alerts, deployment.alertSinks, now, REPEAT_MICROS);
}
