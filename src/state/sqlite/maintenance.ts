import { invariant } from '../../errors/error.ts';
import { MAINTENANCE_ACTIONS, type MaintenanceEntry } from '../maintenance.ts';
import type { Database } from './database.ts';
import { long, type Row, text } from './row.ts';

export function writeMaintenance(database: Database, entry: MaintenanceEntry): void {
  database.run(
    'INSERT INTO compaction_tracking (table_name, started_at, ended_at, action, before, after) VALUES (?, ?, ?, ?, ?, ?)',
    entry.table,
    entry.startedAt,
    entry.endedAt,
    entry.action,
    JSON.stringify(entry.before),
    JSON.stringify(entry.after),
  );
}

export function dropMaintenance(database: Database, endedBefore: bigint): void {
  database.run('DELETE FROM compaction_tracking WHERE ended_at < ?', endedBefore);
}

export function readMaintenance(
  database: Database,
  table: string,
  limit: number,
): readonly MaintenanceEntry[] {
  return database
    .all(
      'SELECT * FROM compaction_tracking WHERE table_name = ? ORDER BY started_at DESC LIMIT ?',
      table,
      limit,
    )
    .map(fromRow);
}

function fromRow(row: Row): MaintenanceEntry {
  const said = text(row, 'action');
  const action = MAINTENANCE_ACTIONS.find((kind) => kind === said);
  invariant(action !== undefined, `unknown action ${said}`);
  return {
    table: text(row, 'table_name'),
    action,
    startedAt: long(row, 'started_at'),
    endedAt: long(row, 'ended_at'),
    before: JSON.parse(text(row, 'before')),
    after: JSON.parse(text(row, 'after')),
  };
}
