import { type Alert, type AlertChange, afterDelivery, reconcile } from '../../quality/alerts/alert.ts';
import type { AlertStore } from '../alert-store.ts';
import { ALERT_ROW } from '../codec/alert.ts';
import type { Database } from './database.ts';
import { fromRow, insertRow } from './row.ts';

/** Alerts in SQLite. */
export function alertStore(database: Database): AlertStore {
  return {
    alerts: async () => readAlerts(database),
    reconcileAlerts: async (verdicts, sinks, at) =>
      database.write(() => {
        for (const change of reconcile(readAlerts(database), verdicts, sinks, at)) apply(database, change);
        return readAlerts(database);
      }),
    recordDelivery: async (sink, deliveries) =>
      database.write(() => {
        const stored = new Map(readAlerts(database).map((alert) => [alert.key, alert]));
        for (const { key, told } of deliveries) {
          const before = stored.get(key);
          if (before !== undefined)
            apply(database, { key, before, after: afterDelivery(before, sink, told) });
        }
      }),
  };
}

function readAlerts(database: Database): readonly Alert[] {
  return database
    .all('SELECT * FROM alerts ORDER BY topic_name, kind')
    .map((row) => fromRow(ALERT_ROW, 'alerts', row));
}

function apply(database: Database, { before, after }: AlertChange): void {
  if (after !== null) insertRow(database, 'alerts', ALERT_ROW.encode(after), 'is replaced');
  else if (before !== null)
    database.run('DELETE FROM alerts WHERE topic_name = ? AND kind = ?', before.topic, before.kind);
}
