import type { Micros } from '../raw/record.ts';

/** One thing that maintenance did to a table; figures before and after by name, for people. */
export interface MaintenanceEntry {
  /** `namespace.table`. */
  readonly table: string;
  readonly action: 'compact' | 'expire-snapshots' | 'remove-orphans' | 'relocate';
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}
