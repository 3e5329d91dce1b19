import { type BatchCounts, NO_COUNTS } from '../semantic/fates.ts';
import type { BatchKind } from '../semantic/intent.ts';

/** The running totals of one topic's ledger, in messages and rows. They never expire. */
export interface Totals {
  /** Receptions, as counted by the reader. */
  readonly received: number;
  /** Of those, taken into RAW. */
  readonly raw: number;
  /** Of those, dead-lettered. */
  readonly deadLettered: number;
  /** Fates posted by the batches of the current generation. */
  readonly outcomes: BatchCounts;
  /** RAW rows whose key was erased, in the current generation. */
  readonly erased: number;
  /** RAW rows removed by retention. */
  readonly expired: number;
}

export const NO_TOTALS: Totals = Object.freeze({
  received: 0,
  raw: 0,
  deadLettered: 0,
  outcomes: NO_COUNTS,
  erased: 0,
  expired: 0,
});

/** What one commit of the ingest adds. */
export interface IntakeCounts {
  readonly received: number;
  readonly raw: number;
  readonly deadLettered: number;
}

/** The totals after one commit of the ingest. */
export function addIntake(totals: Totals, counts: IntakeCounts): Totals {
  return {
    ...totals,
    received: totals.received + counts.received,
    raw: totals.raw + counts.raw,
    deadLettered: totals.deadLettered + counts.deadLettered,
  };
}

/** The totals after a batch; a rebuild opens a generation, whose fates start from zero. */
export function addBatch(totals: Totals, kind: BatchKind, counts: BatchCounts): Totals {
  if (kind === 'rebuild') return { ...totals, outcomes: counts, erased: 0 };
  const before = totals.outcomes;
  return {
    ...totals,
    outcomes: {
      rawRows: before.rawRows + counts.rawRows,
      inserted: before.inserted + counts.inserted,
      updated: before.updated + counts.updated,
      duplicate: before.duplicate + counts.duplicate,
      superseded: before.superseded + counts.superseded,
      stale: before.stale + counts.stale,
      rejected: before.rejected + counts.rejected,
    },
  };
}
