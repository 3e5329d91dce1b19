import { encodeBound, truncateLower, truncateUpper } from '../../iceberg/bounds.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import type { PartitionValue } from '../../iceberg/partition-value.ts';
import { type Field, primitiveType } from '../../iceberg/schema.ts';
import type { EngineValue } from '../engine/values.ts';
import { quoteName } from './types.ts';
import { parseValue } from './value-text.ts';

/** What COPY … (RETURN_STATS) returns for each column, by quoted column name. */
export type ColumnStatistics = ReadonlyMap<EngineValue, EngineValue>;

type Statistics = Pick<
  DataFile,
  'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'nanValueCounts' | 'lowerBounds' | 'upperBounds'
>;

/** Turns DuckDB's statistics into a manifest's; columns outside `bounded` get no bounds. */
export function fileStatistics(
  fields: readonly Field[],
  statistics: ColumnStatistics,
  bounded: (column: string) => boolean,
): Statistics {
  const columnSizes = new Map<number, bigint>();
  const valueCounts = new Map<number, bigint>();
  const nullValueCounts = new Map<number, bigint>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const field of fields) {
    const column = statistics.get(quoteName(field.name));
    if (!(column instanceof Map)) continue;
    putCount(columnSizes, field.id, column.get('column_size_bytes'));
    putCount(valueCounts, field.id, column.get('num_values'));
    putCount(nullValueCounts, field.id, column.get('null_count'));
    if (!bounded(field.name) || column.get('has_nan') === 'true') continue;
    putBound(lowerBounds, field, lowerBound(field, column.get('min')));
    putBound(upperBounds, field, upperBound(field, column.get('max')));
  }
  return { columnSizes, valueCounts, nullValueCounts, nanValueCounts: null, lowerBounds, upperBounds };
}

function putCount(counts: Map<number, bigint>, id: number, text: EngineValue | undefined): void {
  if (typeof text === 'string') counts.set(id, BigInt(text));
}

function putBound(bounds: Map<number, Uint8Array>, field: Field, value: PartitionValue): void {
  if (value !== null) bounds.set(field.id, encodeBound(primitiveType(field), value));
}

/** Iceberg orders -0 before 0, so the lower bound of a zero is -0 and the upper bound is 0. */
function lowerBound(field: Field, text: EngineValue | undefined): PartitionValue {
  if (typeof text !== 'string') return null;
  const value = parseValue(primitiveType(field), text);
  if (typeof value === 'string') return truncateLower(value);
  return isFloating(field) && value === 0 ? -0 : value;
}

function upperBound(field: Field, text: EngineValue | undefined): PartitionValue {
  if (typeof text !== 'string') return null;
  const value = parseValue(primitiveType(field), text);
  if (typeof value === 'string') return truncateUpper(value);
  return isFloating(field) && value === 0 ? 0 : value;
}

function isFloating(field: Field): boolean {
  return field.type === 'float' || field.type === 'double';
}
