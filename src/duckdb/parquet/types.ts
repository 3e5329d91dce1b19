import { LeanOpsError } from '../../errors/error.ts';
import { decimalType } from '../../iceberg/promotion.ts';
import type { PrimitiveType } from '../../iceberg/schema.ts';
import { DUCKDB } from '../../sql/duckdb.ts';

/** The DuckDB type, as DESCRIBE prints it, that holds an Iceberg type. Throws TABLE_UNSUPPORTED. */
export function duckDbType(type: PrimitiveType): string {
  const decimal = decimalType(type);
  if (decimal !== null) return `DECIMAL(${decimal.precision},${decimal.scale})`;
  switch (type) {
    case 'boolean':
      return 'BOOLEAN';
    case 'int':
      return 'INTEGER';
    case 'long':
      return 'BIGINT';
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'date':
      return 'DATE';
    case 'time':
      return 'TIME';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'timestamptz':
      return 'TIMESTAMP WITH TIME ZONE';
    case 'string':
      return 'VARCHAR';
    case 'binary':
      return 'BLOB';
    default:
      throw new LeanOpsError('TABLE_UNSUPPORTED', {
        operation: 'mapping a column type',
        detail: `type ${type}`,
      });
  }
}

/** A name as a quoted SQL identifier, as the plans quote it. */
export const quoteName = DUCKDB.identifier;

/** A text as an SQL literal, as the plans quote it. */
export const quoteText = DUCKDB.text;

/** Texts as an SQL list literal. */
export function textList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}
