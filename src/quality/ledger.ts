import { BATCH_FORMS } from '../semantic/batch-form.ts';
import { addCounts, type BatchCounts, NO_COUNTS } from '../semantic/fates.ts';
import type { BatchKind } from '../semantic/intent.ts';

/** The running totals of one topic's ledger, in messages and rows. They never expire. */
export interface Totals {
  /** Receptions, as the reader counted them. */
  readonly received: number;
  /** Of those, the ones that were written to RAW. */
  readonly raw: number;
  /** Of those, the ones that became dead letters. */
  readonly deadLettered: number;
  /** Fates posted by the batches of the current generation. */
  readonly outcomes: BatchCounts;
  readonly gone: GoneTotals;
}

/**
 * What left the tables after its fate was posted. Rows are removed by key or by age, long after the batches that posted
 * their fates, and the fate of a single row is not stored. So posted fates never change. Removed rows are counted
 * separately from live ones. Each equation stays exact, because the commit that removes rows counts them by kind: one
 * erased key has many RAW rows, at most one semantic row, and any number of rejected rows.
 */
export interface GoneTotals {
  /** RAW rows whose key was erased, over all generations. */
  readonly erased: number;
  /** RAW rows removed by retention, over all generations. */
  readonly expired: number;
  /** Of these two, rows that were removed before the current generation began. Its batches never saw them. */
  readonly unreached: number;
  /** Semantic rows that the current generation carried over from the one before, because RAW lacks their rows. */
  readonly carried: number;
  /** Semantic rows of erased keys, in the current generation. */
  readonly erasedRows: number;
  /** Rows of the errors table of erased keys, in the current generation. */
  readonly erasedErrors: number;
  /** Dead letters of erased keys, in total. */
  readonly erasedLetters: number;
  /** Dead letters that maintenance removed after they were closed, in total. */
  readonly expiredLetters: number;
}

/** Nothing was removed yet. */
export const NOTHING_GONE: GoneTotals = Object.freeze({
  erased: 0,
  expired: 0,
  unreached: 0,
  carried: 0,
  erasedRows: 0,
  erasedErrors: 0,
  erasedLetters: 0,
  expiredLetters: 0,
});

/** The totals before the first commit. */
export const NO_TOTALS: Totals = Object.freeze({
  received: 0,
  raw: 0,
  deadLettered: 0,
  outcomes: NO_COUNTS,
  gone: NOTHING_GONE,
});

/** The figures that one commit of ingest adds. */
export interface IntakeCounts {
  readonly received: number;
  readonly raw: number;
  readonly deadLettered: number;
}

/** The totals after one commit of ingest. */
export function addIntake(totals: Totals, counts: IntakeCounts): Totals {
  return {
    ...totals,
    received: totals.received + counts.received,
    raw: totals.raw + counts.raw,
    deadLettered: totals.deadLettered + counts.deadLettered,
  };
}

/** The totals after maintenance or an erasure removed something. */
export function addGone(totals: Totals, more: Partial<GoneTotals>): Totals {
  const { gone } = totals;
  const names = Object.keys(NOTHING_GONE) as (keyof GoneTotals)[];
  const sums = names.map((name) => [name, gone[name] + (more[name] ?? 0)]);
  return { ...totals, gone: Object.fromEntries(sums) };
}

/** The totals after a batch. A rebuild starts a generation, whose fates start from zero. */
export function addBatch(totals: Totals, kind: BatchKind, counts: BatchCounts): Totals {
  if (BATCH_FORMS[kind].startsFrom === 'empty')
    return { ...totals, outcomes: counts, gone: newGeneration(totals.gone) };
  return { ...totals, outcomes: addCounts(totals.outcomes, counts) };
}

function newGeneration(gone: GoneTotals): GoneTotals {
  return {
    ...gone,
    unreached: gone.erased + gone.expired,
    carried: 0,
    erasedRows: 0,
    erasedErrors: 0,
  };
}
