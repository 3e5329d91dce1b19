import type { Micros } from '../base/time.ts';

/** `expire-rows`: retention; `erase`: a key's rows; `expire-state`: old rows of the state itself. */
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

/** One thing that maintenance did to a table; figures before and after by name, for people. */
export interface MaintenanceEntry {
  /** `namespace.table`. */
  readonly table: string;
  readonly action: MaintenanceActionKind;
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}
