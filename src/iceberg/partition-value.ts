/**
 * One value of a partition tuple or a bound: int, date, float and double as number, long and timestamps
 * (microseconds) as bigint, decimals as unscaled bigint.
 */
export type PartitionValue = null | boolean | number | bigint | string | Uint8Array;
