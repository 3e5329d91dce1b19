import type { Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import {
  ALERT_KINDS,
  type Alert,
  type AlertChange,
  afterDelivery,
  alertKey,
  reconcile,
  SEVERITIES,
  type Told,
  type Verdict,
} from '../../quality/alerts/alert.ts';
import type { AlertDelivery } from '../alert-store.ts';
import type { Database } from './database.ts';
import { count, long, optionalLong, type Row, text } from './row.ts';

export function readAlerts(database: Database): readonly Alert[] {
  return database.all('SELECT * FROM alerts ORDER BY topic_name, kind').map(fromRow);
}

export function reconcileAlerts(
  database: Database,
  verdicts: readonly Verdict[],
  sinks: readonly string[],
  at: Micros,
): readonly Alert[] {
  for (const change of reconcile(readAlerts(database), verdicts, sinks, at)) apply(database, change);
  return readAlerts(database);
}

export function recordDelivery(database: Database, sink: string, deliveries: readonly AlertDelivery[]): void {
  const stored = new Map(readAlerts(database).map((alert) => [alert.key, alert]));
  for (const { key, told } of deliveries) {
    const before = stored.get(key);
    if (before !== undefined) apply(database, { key, before, after: afterDelivery(before, sink, told) });
  }
}

function apply(database: Database, { before, after }: AlertChange): void {
  if (after !== null) write(database, after);
  else if (before !== null)
    database.run('DELETE FROM alerts WHERE topic_name = ? AND kind = ?', before.topic, before.kind);
}

function write(database: Database, alert: Alert): void {
  const { code, severity, message, remedy } = alert.finding;
  database.run(
    `INSERT OR REPLACE INTO alerts (topic_name, kind, code, severity, message, remedy, first_seen, last_seen, seen,
       recovered_at, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    alert.topic,
    alert.kind,
    code,
    severity,
    message,
    remedy,
    alert.firstSeen,
    alert.lastSeen,
    alert.count,
    alert.recoveredAt,
    JSON.stringify(alert.told, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );
}

function fromRow(row: Row): Alert {
  const topic = text(row, 'topic_name');
  const kind = ALERT_KINDS.find((each) => each === row.kind);
  const severity = SEVERITIES.find((each) => each === row.severity);
  invariant(
    kind !== undefined && severity !== undefined,
    `an alert of ${topic} has a known kind and severity`,
  );
  return {
    key: alertKey(topic, kind),
    topic,
    kind,
    finding: {
      code: text(row, 'code'),
      severity,
      message: text(row, 'message'),
      remedy: text(row, 'remedy'),
    },
    firstSeen: long(row, 'first_seen'),
    lastSeen: long(row, 'last_seen'),
    count: count(row, 'seen'),
    recoveredAt: optionalLong(row, 'recovered_at'),
    told: toldOf(text(row, 'told')),
  };
}

function toldOf(json: string): Alert['told'] {
  const stored: Readonly<Record<string, { event: Told['event']; code: string; at: string } | null>> =
    JSON.parse(json);
  return Object.fromEntries(
    Object.entries(stored).map(([sink, told]) => [sink, told && { ...told, at: BigInt(told.at) }]),
  );
}
