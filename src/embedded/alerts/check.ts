import { hoursToMicros, type Micros } from '../../base/time.ts';
import { type Delivery, deliverAlerts } from '../../pipeline/alerts/deliver.ts';
import type { Alert, Verdict } from '../../quality/alerts/alert.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { measureDrift, measureTopic } from './measure.ts';
import { type AlertOutlets, openSinks } from './open-sinks.ts';

export interface AlertLook {
  /** Topics to check. Alerts of other topics stay. */
  readonly topics: readonly string[];
  /** Topics whose drift is checked too, which needs an engine. */
  readonly drift: readonly string[];
  /** Outcomes of the work that just ended; empty without work. */
  readonly work: readonly Verdict[];
  readonly signal: AbortSignal;
}

export interface AlertCheck extends Delivery {
  readonly open: readonly Alert[];
}

/** Checks topics, stores the alerts, and sends pending notifications. */
export async function checkAlerts(
  workspace: Workspace,
  look: AlertLook,
  outlets: AlertOutlets,
): Promise<AlertCheck> {
  const { store, clock } = workspace;
  const { alerts: settings } = await workspace.config();
  const sinks = openSinks(workspace, settings, outlets);
  const measured = await Promise.all(look.topics.map((topic) => measureTopic(workspace, topic, settings)));
  const drift = await measureDrift(workspace, look.drift, look.signal);
  const names = sinks.map(({ name }) => name);
  const alerts = await store.reconcileAlerts([...look.work, ...measured.flat(), ...drift], names, clock());
  const repeatEvery: Micros = hoursToMicros(settings.repeatHours);
  const delivery = await deliverAlerts(store, alerts, sinks, clock(), repeatEvery);
  return { ...delivery, open: openAlerts(alerts) };
}

/** The alerts whose problem has not cleared. */
export function openAlerts(alerts: readonly Alert[]): readonly Alert[] {
  return alerts.filter(({ recoveredAt }) => recoveredAt === null);
}
