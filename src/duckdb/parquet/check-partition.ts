import { invariant } from '../../errors/error.ts';
import { decodeBound } from '../../iceberg/bounds.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import type { ResolvedPartitionField } from '../../iceberg/partition.ts';
import type { PartitionValue } from '../../iceberg/partition-value.ts';
import { applyTransform } from '../../iceberg/transforms.ts';

/**
 * Checks against a file's bounds that all rows lie in the partition that the caller named. Time transforms are
 * monotonic, so if both bounds lie in the partition, every row does.
 */
export function checkPartition(
  fields: readonly ResolvedPartitionField[],
  values: readonly PartitionValue[],
  statistics: Pick<DataFile, 'lowerBounds' | 'upperBounds' | 'nullValueCounts'>,
): void {
  invariant(fields.length === values.length, 'a partition has one value for each field of its spec');
  for (const [index, field] of fields.entries()) {
    const { kind } = field.transform;
    invariant(
      kind === 'hour' || kind === 'day' || kind === 'month',
      `a partition by ${kind} cannot be given`,
    );
    const nulls = statistics.nullValueCounts?.get(field.source.id);
    invariant(nulls === 0n, `column ${field.source.name} has no null in a given partition`);
    for (const bounds of [statistics.lowerBounds, statistics.upperBounds]) {
      const bound = bounds?.get(field.source.id);
      const value = bound === undefined ? null : decodeBound(field.sourceType, bound);
      const actual = applyTransform(field.transform, field.sourceType, value);
      invariant(actual === values[index], `the rows lie in partition ${String(actual)} of ${field.name}`);
    }
  }
}
