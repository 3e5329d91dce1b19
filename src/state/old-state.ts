import type { Micros } from '../base/time.ts';

/** State that is older than its retention. */
export interface OldState {
  readonly letterIds: readonly string[];
  /** Pointers of their bodies in files that no other dead letter has. */
  readonly bodyFiles: readonly string[];
  readonly counterDays: number;
}

/** Finds what retention removes from the state itself. `recordMaintenance` removes it. */
export interface OldStateStore {
  /** Dead letters closed before `closedBefore`, and daily figures of days before `countersBefore` (YYYY-MM-DD). */
  oldState(topic: string, closedBefore: Micros, countersBefore: string): Promise<OldState>;
  /** Pointers of bodies in files that no dead letter but these has. */
  bodyFilesOf(letterIds: readonly string[]): Promise<readonly string[]>;
}
