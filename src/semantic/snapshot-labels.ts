/** Lean-Ops' own keys in the summaries of Iceberg snapshots. */

/** The batch that wrote the snapshot. */
export const BATCH_ID = 'lean-ops.batch-id';
/** Rows of the semantic table after the commit, as the engine counted them. */
export const LIVE_ROWS = 'lean-ops.live-rows';
/** The action of maintenance that wrote the snapshot: batches pass over it, and the balance does not call it foreign. */
export const MAINTENANCE = 'lean-ops.maintenance';
