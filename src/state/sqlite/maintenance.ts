import { type LedgerChange, withMaintenance } from '../checkpoint.ts';
import { MAINTENANCE_ENTRY } from '../codec/maintenance.ts';
import type { TableMaintenanceStore } from '../table-commit.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoints.ts';
import { dropOldDays } from './counters.ts';
import type { Database } from './database.ts';
import { removeDeadLetters } from './dead-letters.ts';
import { countErased } from './erasures.ts';
import { writeUnderLease } from './leases.ts';
import { fromRow, insertRow } from './row.ts';
import { commitTables } from './table-commit.ts';

/** Maintenance records in SQLite. */
export function maintenanceStore(database: Database): TableMaintenanceStore {
  return {
    recordMaintenance: async (lease, entry, ledger, tables) =>
      writeUnderLease(database, lease, () => {
        if (tables !== undefined) commitTables(database, lease, tables);
        if (ledger !== undefined) {
          const before = readCheckpoint(database, lease.scope.topic);
          writeCheckpoint(database, withMaintenance(before, ledger, lease));
          dropOld(database, lease.scope.topic, ledger);
        }
        insertRow(database, 'compaction_tracking', MAINTENANCE_ENTRY.encode(entry));
      }),
    maintenance: async (table, limit) =>
      database
        .all(
          'SELECT * FROM compaction_tracking WHERE table_name = ? ORDER BY started_at DESC LIMIT ?',
          table,
          limit,
        )
        .map((row) => fromRow(MAINTENANCE_ENTRY, 'compaction_tracking', row)),
  };
}

function dropOld(
  database: Database,
  topic: string,
  { erasure, letterIds, countersBefore, recordsBefore }: LedgerChange,
): void {
  if (erasure !== undefined) countErased(database, topic, erasure.keyHash, erasure.counts);
  if (letterIds !== undefined) removeDeadLetters(database, topic, letterIds);
  if (countersBefore !== undefined) dropOldDays(database, topic, countersBefore);
  if (recordsBefore !== undefined)
    database.run('DELETE FROM compaction_tracking WHERE ended_at < ?', recordsBefore);
}
