import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import type { Lease } from '../lease.ts';
import { MAINTENANCE_ACTIONS, type MaintenanceEntry } from '../maintenance.ts';
import type { Database, Write } from './database.ts';
import { type Item, itemOf, long, text } from './item.ts';
import { leaseCheck, requireLease } from './leases.ts';
import { EXPIRES_AT } from './tables.ts';

/** Long enough to compare a table with itself a year ago. */
const SECONDS_KEPT = 400n * 86_400n;

export async function writeMaintenance(
  database: Database,
  lease: Lease,
  entry: MaintenanceEntry,
): Promise<void> {
  const answer = await database.transact([maintenanceRecord(entry), leaseCheck(lease)]);
  if (answer.kind === 'done') return;
  await requireLease(database, lease);
  invariant(false, 'a lease that was lost stays lost');
}

/** Written again it is the same one: an action is named by its table, its start and its kind. */
export function maintenanceRecord(entry: MaintenanceEntry): Write {
  const item = itemOf({
    table_name: entry.table,
    started_at: `${sortableMicros(entry.startedAt)}#${entry.action}`,
    ended_at: entry.endedAt,
    action: entry.action,
    before: JSON.stringify(entry.before),
    after: JSON.stringify(entry.after),
    [EXPIRES_AT]: entry.endedAt / MICROS_PER_SECOND + SECONDS_KEPT,
  });
  return { kind: 'put', table: 'compaction_tracking', item, condition: null };
}

/** Newest first. */
export async function readMaintenance(
  database: Database,
  table: string,
  limit: number,
): Promise<readonly MaintenanceEntry[]> {
  const condition = { text: '#table_name = :table', values: { ':table': table } };
  const items = database.query('compaction_tracking', { condition, descending: true, pageSize: limit });
  const entries: MaintenanceEntry[] = [];
  for await (const item of items) {
    entries.push(fromItem(item));
    if (entries.length >= limit) break;
  }
  return entries;
}

/** Sorts as text as the moment does: 20 digits. */
export function sortableMicros(at: Micros): string {
  invariant(at >= 0n, 'the state holds no time before 1970');
  return at.toString().padStart(20, '0');
}

function fromItem(item: Item): MaintenanceEntry {
  const said = text(item, 'action');
  const action = MAINTENANCE_ACTIONS.find((kind) => kind === said);
  invariant(action !== undefined, `unknown action ${said}`);
  return {
    table: text(item, 'table_name'),
    action,
    startedAt: BigInt(text(item, 'started_at').slice(0, 20)),
    endedAt: long(item, 'ended_at'),
    before: JSON.parse(text(item, 'before')),
    after: JSON.parse(text(item, 'after')),
  };
}
