import { randomBytes } from 'node:crypto';

/** A fresh random snapshot id: positive and below 2^63, as the spec's `long`. */
export function newSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64BE()) || 1n;
}
