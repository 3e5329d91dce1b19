import { randomBytes } from 'node:crypto';

/** A new random snapshot id: positive and below 2^63, because Iceberg's specification declares it as `long`. */
export function newSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64BE()) || 1n;
}
