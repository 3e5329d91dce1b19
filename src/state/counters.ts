import type { IntakeCounts } from '../quality/ledger.ts';
import type { BatchCounts } from '../semantic/fates.ts';

/** One UTC day of one topic, for display; the ledger's truth is in the checkpoint's totals. */
export interface DailyCounters {
  readonly topic: string;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly intake: IntakeCounts;
  readonly outcomes: BatchCounts;
  readonly batches: number;
}
