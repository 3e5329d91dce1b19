import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import { withMaintenance } from '../checkpoint.ts';
import { MAINTENANCE_ENTRY } from '../codec/maintenance.ts';
import type { MaintenanceEntry, MaintenanceStore } from '../maintenance.ts';
import type { Database, Write } from './database.ts';
import { fromItem, type Item, itemOf, text } from './item.ts';
import { leaseCheck, requireLease } from './leases.ts';
import { moveCheckpoint } from './move-checkpoint.ts';
import { sortableMicros } from './sortable.ts';
import { EXPIRES_AT } from './tables.ts';

/** Long enough to compare a table with itself a year ago. */
const SECONDS_KEPT = 400n * 86_400n;

/** Maintenance records in DynamoDB. */
export function maintenanceStore(database: Database): MaintenanceStore {
  return {
    recordMaintenance: async (lease, entry, ledger) => {
      if (ledger === undefined) {
        const answer = await database.transact([maintenanceRecord(entry), leaseCheck(lease)]);
        if (answer.kind === 'done') return;
        await requireLease(database, lease);
        invariant(false, 'a lost lease stays lost');
      }
      await moveCheckpoint(database, lease.scope.topic, lease, (checkpoint) => ({
        next: withMaintenance(checkpoint, ledger, lease),
        beside: () => [maintenanceRecord(entry)],
        answer: undefined,
      }));
    },
    maintenance: async (table, limit) => {
      const condition = { text: '#table_name = :table', values: { ':table': table } };
      const items = database.query('compaction_tracking', { condition, descending: true, pageSize: limit });
      const entries: MaintenanceEntry[] = [];
      for await (const item of items) {
        entries.push(entryOf(item));
        if (entries.length >= limit) break;
      }
      return entries;
    },
  };
}

/** Table, start and kind are its key, so a repeated write changes nothing. */
function maintenanceRecord(entry: MaintenanceEntry): Write {
  const item = itemOf({
    ...MAINTENANCE_ENTRY.encode(entry),
    started_at: `${sortableMicros(entry.startedAt)}#${entry.action}`,
    [EXPIRES_AT]: entry.endedAt / MICROS_PER_SECOND + SECONDS_KEPT,
  });
  return { kind: 'put', table: 'compaction_tracking', item, condition: null };
}

/** The range key is `<start>#<kind>`. */
function entryOf(item: Item): MaintenanceEntry {
  const key = text(item, 'started_at');
  const start: Micros | string = /^\d{20}#/.test(key) ? BigInt(key.slice(0, 20)) : key;
  return fromItem(MAINTENANCE_ENTRY, 'compaction_tracking', item, { started_at: start });
}
