import { type BatchCounts, NO_COUNTS } from './fates.ts';
import type { Intent } from './intent.ts';

/**
 * Lean-Ops' own keys in the summaries of Iceberg snapshots. They are stored in every table, so none is ever renamed.
 * modules/semantic/semantic_job.py has its own copy; a test compares the two.
 */

/** What every key starts with. */
export const LABEL_PREFIX = 'lean-ops.';

/** The batch that wrote the snapshot. */
export const BATCH_ID = 'lean-ops.batch-id';
/** The RAW snapshot that the batch read up to. */
export const RAW_SNAPSHOT_ID = 'lean-ops.raw-snapshot-id';
/** The generation of the semantic table that the snapshot belongs to. */
export const GENERATION = 'lean-ops.generation';
/** The fencing token of the lease under which the snapshot was committed. */
export const FENCING_TOKEN = 'lean-ops.fencing-token';
/** Rows of the semantic table after the commit, as the engine counted them. */
export const LIVE_ROWS = 'lean-ops.live-rows';
/** The action of maintenance that wrote the snapshot: batches pass over it, and the balance does not call it foreign. */
export const MAINTENANCE = 'lean-ops.maintenance';
/** 'true': older snapshots show values that the contract now masks, so they must be removed. */
export const PURGE_HISTORY = 'lean-ops.purge-history';
/** The unit of an ingest that appended the snapshot's rows to RAW. */
export const WORK_ID = 'lean-ops.work-id';
/** Only the job on Spark writes these: results of the table rules as JSON, and figures in rows. */
export const CHECKS = 'lean-ops.checks';
export const CARRIED = 'lean-ops.carried';
export const CHOSEN = 'lean-ops.chosen';
export const REDRIVEN = 'lean-ops.redriven';
export const RAW_DISTINCT_SOURCES = 'lean-ops.raw-distinct-sources';
export const RAW_EXTRA_COPIES = 'lean-ops.raw-extra-copies';

/** The key of one of a batch's counts, in rows: 'rawRows' is `lean-ops.raw-rows`. */
export function countLabel(count: keyof BatchCounts): string {
  return `${LABEL_PREFIX}${count.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A batch's counts by their keys. */
export function countLabels(counts: BatchCounts): Readonly<Record<string, string>> {
  const names = Object.keys(NO_COUNTS) as (keyof BatchCounts)[];
  return Object.fromEntries(names.map((name) => [countLabel(name), String(counts[name])]));
}

/** What each snapshot of a batch says about the batch. */
export function batchLabels(
  { batchId, endSnapshotId, generation }: Pick<Intent, 'batchId' | 'endSnapshotId' | 'generation'>,
  fencingToken: bigint,
): Readonly<Record<string, string>> {
  return {
    [BATCH_ID]: batchId,
    [RAW_SNAPSHOT_ID]: endSnapshotId.toString(),
    [GENERATION]: String(generation),
    [FENCING_TOKEN]: fencingToken.toString(),
  };
}
