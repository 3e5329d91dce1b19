/** Partition specs (spec: Partitioning), with the spec's own key names. */

export interface PartitionField {
  readonly 'source-id': number;
  readonly 'field-id': number;
  readonly name: string;
  /** 'identity', 'hour', 'day', 'month', 'year', 'bucket[16]', 'truncate[4]', 'void'. */
  readonly transform: string;
}

export interface PartitionSpec {
  readonly 'spec-id': number;
  readonly fields: readonly PartitionField[];
}

/** A partition field as a caller names it, before it has an id. */
export interface PartitionDefinition {
  readonly column: string;
  readonly transform: string;
}

/**
 * One value of a partition tuple: int and date as number, long and timestamps (microseconds) as bigint,
 * decimals as unscaled bigint.
 */
export type PartitionValue = null | boolean | number | bigint | string | Uint8Array;
