import { compareValues, encodeBound, truncateLower, truncateUpper } from './bounds.ts';
import type { ResolvedPartitionField } from './partition.ts';
import type { PartitionValue } from './partition-value.ts';

/** The statistics of one partition field in a manifest list, so that readers can skip manifests (spec: field_summary). */
export interface PartitionSummary {
  readonly containsNull: boolean;
  readonly containsNan: boolean | null;
  readonly lowerBound: Uint8Array | null;
  readonly upperBound: Uint8Array | null;
}

/** One summary for each partition field of these files. */
export function summarizePartitions(
  fields: readonly ResolvedPartitionField[],
  tuples: readonly (readonly PartitionValue[])[],
): readonly PartitionSummary[] {
  return fields.map((field, index) =>
    summarize(
      field,
      tuples.map((tuple) => tuple[index] ?? null),
    ),
  );
}

function summarize(field: ResolvedPartitionField, values: readonly PartitionValue[]): PartitionSummary {
  const numbers = values.filter((value) => value !== null && !Number.isNaN(value));
  let least: Exclude<PartitionValue, null> | null = null;
  let greatest: Exclude<PartitionValue, null> | null = null;
  for (const value of numbers) {
    if (value === null) continue;
    if (least === null || compareValues(value, least) < 0) least = value;
    if (greatest === null || compareValues(value, greatest) > 0) greatest = value;
  }
  const upper = typeof greatest === 'string' ? truncateUpper(greatest) : greatest;
  const lower = typeof least === 'string' ? truncateLower(least) : least;
  return {
    containsNull: values.includes(null),
    containsNan: values.some((value) => Number.isNaN(value)),
    lowerBound: lower === null ? null : encodeBound(field.resultType, lower),
    upperBound: upper === null ? null : encodeBound(field.resultType, upper),
  };
}
