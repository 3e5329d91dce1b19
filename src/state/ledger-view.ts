import type { Checkpoint } from './checkpoint.ts';
import type { DeadLetterCounts } from './dead-letter.ts';

/** Figures and table versions of one topic, all of the same instant. */
export interface LedgerView {
  readonly checkpoint: Checkpoint;
  readonly deadLetters: DeadLetterCounts;
  /** Metadata locations; null if the table does not exist. */
  readonly raw: string | null;
  readonly semantic: string | null;
  readonly errors: string | null;
}

export interface LedgerViewStore {
  ledgerView(topic: string): Promise<LedgerView>;
}
