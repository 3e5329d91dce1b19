import type { Micros } from '../base/time.ts';
import type { Alert, Told, Verdict } from '../quality/alerts/alert.ts';

/** A delivered notification of the alert with that key. */
export interface AlertDelivery {
  readonly key: string;
  readonly told: Told;
}

/** Alerts, from detection until every sink accepted the notification of their recovery. */
export interface AlertStore {
  /** All stored alerts, by topic and kind: open ones, and those whose recovery a sink has not accepted yet. */
  alerts(): Promise<readonly Alert[]>;
  /** Applies `reconcile` of quality/alerts and returns the stored alerts. `sinks` are the names of all current sinks. */
  reconcileAlerts(
    verdicts: readonly Verdict[],
    sinks: readonly string[],
    at: Micros,
  ): Promise<readonly Alert[]>;
  /** Records deliveries by `afterDelivery`; alerts that no longer exist and unknown sinks change nothing. */
  recordDelivery(sink: string, deliveries: readonly AlertDelivery[]): Promise<void>;
}
