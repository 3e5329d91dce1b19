import type { DuckDBValue } from '@duckdb/node-api';
import { LeanOpsError } from '../../errors/error.ts';

/**
 * A value of a query result: 64-bit and wider integers as bigint, timestamps as bigint microseconds since 1970, dates as
 * days since 1970, decimals and uuids as text, maps as Map.
 */
export type EngineValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly EngineValue[]
  | ReadonlyMap<EngineValue, EngineValue>
  | { readonly [name: string]: EngineValue };

/** Distinguishes values by their shape, so that reading one does not load the native package. */
export function plainValue(value: DuckDBValue): EngineValue {
  if (value === null || typeof value !== 'object') return value;
  if ('micros' in value && typeof value.micros === 'bigint') return value.micros;
  if ('days' in value && !('months' in value)) return value.days;
  if ('bytes' in value) return value.bytes;
  if ('items' in value) return value.items.map(plainValue);
  if ('scale' in value || 'hugeint' in value) return value.toString();
  if (!('entries' in value)) return unknownValue(value);
  const { entries } = value;
  if (Array.isArray(entries)) {
    return new Map(entries.map((entry) => [plainValue(entry.key), plainValue(entry.value)]));
  }
  return Object.fromEntries(Object.entries(entries).map(([name, item]) => [name, plainValue(item)]));
}

function unknownValue(value: object): never {
  throw new LeanOpsError('INTERNAL', {
    operation: 'reading a query result',
    detail: `a ${value.constructor.name}`,
  });
}
