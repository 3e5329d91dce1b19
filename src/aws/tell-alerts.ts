import { type Delivery, deliverAlerts } from '../engine/alerts/deliver.ts';
import type { Verdict } from '../quality/alerts/alert.ts';
import type { AwsHome } from './home.ts';

/** A pressing alert that stays open is told again after a day. */
const REPEAT_MICROS = 86_400_000_000n;

/** Keeps what was found as alerts and tells the sinks what they have not heard: one notice a trouble, one when it is over. */
export async function tellAlerts(home: AwsHome, verdicts: readonly Verdict[]): Promise<Delivery> {
  const names = home.alertSinks.map(({ name }) => name);
  const now = home.clock();
  const alerts = await home.store.reconcileAlerts(verdicts, names, now);
  return deliverAlerts(home.store, alerts, home.alertSinks, now, REPEAT_MICROS);
}
