import type { IntakeCounts } from '../quality/ledger.ts';
import type { BatchCounts } from '../semantic/fates.ts';

/** One UTC day of one topic, for display; the ledger itself is the checkpoint's totals. */
export interface DailyCounters {
  readonly topic: string;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly intake: IntakeCounts;
  readonly outcomes: BatchCounts;
  readonly batches: number;
}

/** Daily figures. Commits of the ingest and of batches add to them. */
export interface CounterStore {
  /** fromDay ≤ day ≤ toDay (YYYY-MM-DD), by day. */
  counters(topic: string, fromDay: string, toDay: string): Promise<readonly DailyCounters[]>;
}
