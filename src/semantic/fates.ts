/**
 * The fates of the RAW rows of one batch, in rows. Each RAW row has exactly one fate, so in an incremental batch or a
 * rebuild `rawRows` equals the sum of the others. A redrive reads no new RAW rows: it posts a negative `rejected` and
 * the same number as other fates, so its sum is 0 as well.
 */
export interface BatchCounts {
  readonly rawRows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly duplicate: number;
  readonly superseded: number;
  readonly stale: number;
  readonly rejected: number;
}

export const NO_COUNTS: BatchCounts = Object.freeze({
  rawRows: 0,
  inserted: 0,
  updated: 0,
  duplicate: 0,
  superseded: 0,
  stale: 0,
  rejected: 0,
});

/** The sum of both batches' counts, per fate. */
export function addCounts(one: BatchCounts, other: BatchCounts): BatchCounts {
  return {
    rawRows: one.rawRows + other.rawRows,
    inserted: one.inserted + other.inserted,
    updated: one.updated + other.updated,
    duplicate: one.duplicate + other.duplicate,
    superseded: one.superseded + other.superseded,
    stale: one.stale + other.stale,
    rejected: one.rejected + other.rejected,
  };
}

/**
 * The counts that a redrive posts. `counts` are the fates of its RAW rows, exact copies included. Except for one row
 * per finding, these rows had been counted as duplicates, so those counts are subtracted together with the `findings`.
 */
export function redriveCounts(counts: BatchCounts, findings: number): BatchCounts {
  return {
    ...counts,
    rawRows: 0,
    rejected: counts.rejected - findings,
    duplicate: counts.duplicate - (counts.rawRows - findings),
  };
}

/** The sum of all fates, which must equal `rawRows`. */
export function fatesSum(counts: BatchCounts): number {
  return (
    counts.inserted + counts.updated + counts.duplicate + counts.superseded + counts.stale + counts.rejected
  );
}
