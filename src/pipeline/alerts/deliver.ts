import type { Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Alert } from '../../quality/alerts/alert.ts';
import { dueNotices, type Notice } from '../../quality/alerts/notices.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';
import type { AlertStore } from '../../state/alert-store.ts';

/** What came of telling the sinks. */
export interface Delivery {
  /** By the name of the sink. */
  readonly delivered: Readonly<Record<string, readonly Notice[]>>;
  /** Of sinks that took nothing; they are told again at the next occasion. */
  readonly failures: readonly LeanOpsError[];
}

/**
 * Tells every sink what it has not heard. A notice counts as told only once the sink has taken it, so a crash in
 * between tells it twice and never not at all; a sink that fails keeps the others from nothing.
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
    const failure = await attempt(sink, due);
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

/** A failure without a name is a defect, and goes on. */
async function attempt(sink: AlertSink, due: readonly Notice[]): Promise<LeanOpsError | null> {
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
