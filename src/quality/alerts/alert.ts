import type { Micros } from '../../base/time.ts';
import type { Severity } from '../../errors/spec.ts';

/** The kinds of problems that are checked. A topic has at most one alert of each kind, so one problem is one alert. */
export const ALERT_KINDS = [
  'balance',
  'freshness',
  'circuit',
  'drift',
  'dead_letters',
  'maintenance',
  'quality',
  'ingest',
  'semantic',
  'maintain',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Worst first. */
export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const satisfies readonly Severity[];

/** A problem, described without message content, because notifications leave the machine. */
export interface Finding {
  /** A code of the error taxonomy, or a state of balance or freshness: UNBALANCED, PIPELINE_LATE. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it, in one line. */
  readonly remedy: string;
}

/** The result of checking one thing. `finding` null: no problem. A kind that was not checked has no verdict. */
export interface Verdict {
  readonly topic: string;
  readonly kind: AlertKind;
  readonly finding: Finding | null;
}

/** The last notification of an alert that one sink accepted. */
export interface Told {
  readonly event: 'raised' | 'recovered';
  readonly code: string;
  readonly at: Micros;
}

/** A problem, from its detection until every sink was notified that it cleared. */
export interface Alert {
  /** `alertKey` of topic and kind. */
  readonly key: string;
  readonly topic: string;
  readonly kind: AlertKind;
  /** As last seen. */
  readonly finding: Finding;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** How often it was seen. */
  readonly count: number;
  /** null while it is open. */
  readonly recoveredAt: Micros | null;
  /** By the name of the sink. null: it has accepted no notification yet. */
  readonly told: Readonly<Record<string, Told | null>>;
}

/** A change of a stored alert. At least one of both sides exists. */
export interface AlertChange {
  readonly key: string;
  readonly before: Alert | null;
  /** null: the alert is removed. */
  readonly after: Alert | null;
}

/** The key that identifies the alert of a topic and kind. */
export function alertKey(topic: string, kind: AlertKind): string {
  return `${topic}/${kind}`;
}

/**
 * The changes that verdicts make to the stored alerts. `sinks` are the names of all current sinks: a new sink is
 * notified of open alerts, and a removed sink is ignored. Pure, so every store decides in the same way.
 */
export function reconcile(
  stored: readonly Alert[],
  verdicts: readonly Verdict[],
  sinks: readonly string[],
  at: Micros,
): readonly AlertChange[] {
  const before = new Map(stored.map((alert) => [alert.key, alert]));
  const judged = new Map(verdicts.map((verdict) => [alertKey(verdict.topic, verdict.kind), verdict]));
  const keys = [...new Set([...before.keys(), ...judged.keys()])].sort();
  return keys.flatMap((key) => {
    const old = before.get(key) ?? null;
    const seen = afterVerdict(old, judged.get(key), at);
    const after = seen === null ? null : unlessSettled(withSinks(seen, sinks));
    return same(old, after) ? [] : [{ key, before: old, after }];
  });
}

/** The alert after a delivery. null: every sink was notified of its recovery. */
export function afterDelivery(alert: Alert, sink: string, told: Told): Alert | null {
  if (!(sink in alert.told)) return unlessSettled(alert);
  return unlessSettled({ ...alert, told: { ...alert.told, [sink]: told } });
}

function afterVerdict(alert: Alert | null, verdict: Verdict | undefined, at: Micros): Alert | null {
  if (verdict === undefined) return alert;
  const { topic, kind, finding } = verdict;
  if (finding === null) return alert === null ? null : { ...alert, recoveredAt: alert.recoveredAt ?? at };
  if (alert === null) {
    const key = alertKey(topic, kind);
    return { key, topic, kind, finding, firstSeen: at, lastSeen: at, count: 1, recoveredAt: null, told: {} };
  }
  return { ...alert, finding, lastSeen: at, count: alert.count + 1, recoveredAt: null };
}

function withSinks(alert: Alert, sinks: readonly string[]): Alert {
  const told = Object.fromEntries([...sinks].sort().map((sink) => [sink, alert.told[sink] ?? null]));
  return { ...alert, told };
}

function unlessSettled(alert: Alert): Alert | null {
  const heard = Object.values(alert.told).every((told) => told?.event === 'recovered');
  return alert.recoveredAt !== null && heard ? null : alert;
}

function same(one: Alert | null, other: Alert | null): boolean {
  return textOf(one) === textOf(other);
}

function textOf(alert: Alert | null): string {
  return JSON.stringify(alert, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}
