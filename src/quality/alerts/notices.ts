import { createHash } from 'node:crypto';
import type { Micros } from '../../base/time.ts';
import type { Severity } from '../../errors/spec.ts';
import { type Alert, SEVERITIES } from './alert.ts';

/** One notification for one sink. */
export interface Notice {
  /** The same at each attempt, so a receiver can drop a notification that arrives twice. */
  readonly id: string;
  readonly event: 'raised' | 'repeated' | 'recovered';
  readonly alert: Alert;
}

/** Whether a person is needed now: checks fail on it, and it is repeated until it recovers. */
export function isPressing(severity: Severity): boolean {
  return severity === 'error' || severity === 'critical';
}

/**
 * The notifications that the sink has not had: an alert that is new to it or has another cause, a recovery, and, each
 * `repeatEvery`, a pressing alert that is still open. Worst first. Pure.
 */
export function dueNotices(
  alerts: readonly Alert[],
  sink: string,
  at: Micros,
  repeatEvery: Micros,
): readonly Notice[] {
  return alerts
    .flatMap((alert): Notice[] => {
      const event = eventOf(alert, sink, at, repeatEvery);
      return event === null ? [] : [{ id: idOf(alert, sink, event), event, alert }];
    })
    .sort((a, b) => weight(a) - weight(b));
}

function eventOf(alert: Alert, sink: string, at: Micros, repeatEvery: Micros): Notice['event'] | null {
  const told = alert.told[sink];
  if (told === undefined) return null;
  if (alert.recoveredAt !== null) return told?.event === 'recovered' ? null : 'recovered';
  if (told === null || told.event === 'recovered' || told.code !== alert.finding.code) return 'raised';
  return isPressing(alert.finding.severity) && at - told.at >= repeatEvery ? 'repeated' : null;
}

function idOf(alert: Alert, sink: string, event: Notice['event']): string {
  const told = alert.told[sink];
  const parts = [alert.key, alert.firstSeen, event, alert.finding.code, told?.at ?? ''];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

function weight({ alert }: Notice): number {
  return SEVERITIES.indexOf(alert.finding.severity);
}
