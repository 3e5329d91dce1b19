import type { IntakeCounts } from '../quality/ledger.ts';
import type { Micros } from '../raw/record.ts';
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

/** The UTC day of a moment, as YYYY-MM-DD. */
export function dayOf(at: Micros): string {
  return new Date(Number(at / 1000n)).toISOString().slice(0, 10);
}
