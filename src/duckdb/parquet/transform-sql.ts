import type { ResolvedPartitionField } from '../../iceberg/partition.ts';
import { bucketSql } from './bucket-function.ts';
import { quoteName } from './types.ts';

/** SQL for a column's partition value, in a form whose text `parseValue` reads; agrees with `applyTransform`. */
export function transformSql(field: ResolvedPartitionField): string {
  const column = quoteName(field.source.name);
  const { transform } = field;
  switch (transform.kind) {
    case 'identity':
      return `${column}::VARCHAR`;
    case 'void':
      return 'NULL::VARCHAR';
    case 'day':
      return `${column}::DATE`;
    case 'hour':
    case 'month':
    case 'year':
      return `date_diff('${transform.kind}', ${epochSql(field)}, ${column})`;
    case 'bucket':
      return bucketSql(column, field.sourceType, transform.buckets);
  }
}

/** date_diff counts the boundaries between two times, so it rounds down before and after 1970. */
function epochSql(field: ResolvedPartitionField): string {
  switch (field.sourceType) {
    case 'date':
      return `DATE '1970-01-01'`;
    case 'timestamp':
      return `TIMESTAMP '1970-01-01'`;
    default:
      return `TIMESTAMPTZ '1970-01-01 00:00:00+00'`;
  }
}
