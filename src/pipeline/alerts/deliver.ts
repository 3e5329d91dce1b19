import type { Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Alert } from '../../quality/alerts/alert.ts';
import { dueNotices, type Notice } from '../../quality/alerts/notices.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';
import type { AlertStore } from '../../state/alert-store.ts';

/** The result of sending notices to the sinks. */
export interface Delivery {
  /** Delivered notices, by the name of the sink. */
  readonly delivered: Readonly<Record<string, readonly Notice[]>>;
  /** Errors of sinks that accepted nothing. Their notices are sent again at the next check. */
  readonly failures: readonly LeanOpsError[];
}

/**
 * Sends every sink its undelivered notices. A notice is recorded after the sink has accepted it. After a crash in
 * between, it is sent twice rather than not at all. A sink that fails does not affect the others.
 */
export async function deliverAlerts(
  store: AlertStore,
  alerts: readonly Alert[],
  sinks: readonly AlertSink[],
  at: Micros,
  repeatEvery: Micros,
): Promise<Delivery> {
  const delivered: Record<string, readonly Notice[]> = {};
  const failures: LeanOpsError[] = [];
  for (const sink of sinks) {
    const due = dueNotices(alerts, sink.name, at, repeatEvery);
    if (due.length === 0) continue;
    const failure = await send(sink, due);
    if (failure !== null) {
      failures.push(failure);
      continue;
    }
    await store.recordDelivery(
      sink.name,
      due.map((notice) => taken(notice, at)),
    );
    delivered[sink.name] = due;
  }
  return { delivered, failures };
}

/** The error of the sink; null: it accepted the notices. An error without a code is a defect and is thrown. */
async function send(sink: AlertSink, due: readonly Notice[]): Promise<LeanOpsError | null> {
  try {
    await sink.send(due);
    return null;
  } catch (error) {
    if (error instanceof LeanOpsError && error.code !== 'INTERNAL') return error;
    throw error;
  }
}

function taken({ event, alert }: Notice, at: Micros) {
  const told = event === 'recovered' ? ('recovered' as const) : ('raised' as const);
  return { key: alert.key, told: { event: told, code: alert.finding.code, at } };
}
