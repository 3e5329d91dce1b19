import type { Micros } from '../base/time.ts';
import type { LedgerChange } from './checkpoint.ts';
import type { Lease } from './lease.ts';

/** `expire-rows` is retention, `erase` removes a key's rows, `expire-state` removes old rows of the state itself. */
export const MAINTENANCE_ACTIONS = [
  'compact',
  'expire-snapshots',
  'remove-orphans',
  'expire-rows',
  'expire-state',
  'erase',
  'relocate',
] as const;

export type MaintenanceActionKind = (typeof MAINTENANCE_ACTIONS)[number];

/** One maintenance action on a table, with figures before and after by name, for people. */
export interface MaintenanceEntry {
  /** `namespace.table`. */
  readonly table: string;
  readonly action: MaintenanceActionKind;
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** What maintenance did, per table. */
export interface MaintenanceStore {
  /**
   * `ledger` is what the action changes in the checkpoint, in the same step. It needs the semantic lease and throws
   * CHECKPOINT_CONFLICT if it concerns RAW while a batch is under way.
   */
  recordMaintenance(
    lease: Lease,
    entry: MaintenanceEntry,
    ledger?: Pick<LedgerChange, 'checkpoint' | 'gone'>,
  ): Promise<void>;
  /** Newest first. `table` is `namespace.table`. */
  maintenance(table: string, limit: number): Promise<readonly MaintenanceEntry[]>;
}
