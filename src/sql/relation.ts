/** A table or view of an engine that SQL text may read. */
export interface Relation {
  /** An SQL identifier that needs no quotes. */
  readonly name: string;
}

/**
 * The relations that a rendered plan reads in addition to its own steps. Each batch binds each of them once:
 * - `raw_batch`: RAW's columns of the batch's rows, and `_rid`, a number unique in the batch
 * - `target`: live rows of the semantic table that the batch starts from, with the dialect's locator columns
 * - `known_errors`: rows of the errors table
 * - `batch_info`: one row of batch_id, contract_version, generation, created_at
 * - `masking_key`: one row of ipad, opad; 64 bytes each, NULL if the plan needs no key
 */
export const PLAN_INPUTS = Object.freeze({
  raw: { name: 'raw_batch' },
  target: { name: 'target' },
  knownErrors: { name: 'known_errors' },
  batchInfo: { name: 'batch_info' },
  maskingKey: { name: 'masking_key' },
} satisfies Readonly<Record<string, Relation>>);
