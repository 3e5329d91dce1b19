import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import { bigEndian } from '../../iceberg/bounds.ts';
import { murmur3, murmur3Long } from '../../iceberg/murmur3.ts';
import { decimalType } from '../../iceberg/promotion.ts';
import type { PrimitiveType } from '../../iceberg/schema.ts';
import type { Engine } from '../engine/engine.ts';

const registered = new WeakSet<Engine>();

/** Registers Iceberg's bucket hash with the engine, because SQL has no function for it. */
export async function registerBucketFunctions(engine: Engine): Promise<void> {
  if (registered.has(engine)) return;
  const { DuckDBScalarFunction, INTEGER, VARCHAR, BIGINT } = await import('@duckdb/node-api');
  const functions = [
    {
      name: 'lean_ops_murmur3_text',
      type: VARCHAR,
      hash: (value: unknown) => murmur3(Buffer.from(String(value), 'utf8')),
    },
    {
      name: 'lean_ops_murmur3_long',
      type: BIGINT,
      hash: (value: unknown) => murmur3Long(BigInt(String(value))),
    },
    {
      name: 'lean_ops_murmur3_decimal',
      type: VARCHAR,
      hash: (value: unknown) => murmur3(bigEndian(unscaled(value))),
    },
  ];
  for (const { name, type, hash } of functions) {
    engine.connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        returnType: INTEGER,
        parameterTypes: [type],
        mainFunction: (_info, input, output) => hashChunk(input, output, hash),
      }),
    );
  }
  registered.add(engine);
}

function hashChunk(input: DuckDBDataChunk, output: DuckDBVector, hash: (value: unknown) => number): void {
  const column = input.getColumnVector(0);
  for (let row = 0; row < input.rowCount; row += 1) {
    const value: unknown = column.getItem(row);
    output.setItem(row, value === null ? null : hash(value));
  }
  output.flush();
}

function unscaled(value: unknown): bigint {
  return BigInt(String(value).replace('.', ''));
}

/** SQL for the bucket of a column, non-negative and below `buckets` (spec: Bucket Transform Details). */
export function bucketSql(column: string, source: PrimitiveType, buckets: number): string {
  return `((${hashSql(column, source)} & 2147483647) % ${buckets})`;
}

function hashSql(column: string, source: PrimitiveType): string {
  if (decimalType(source) !== null) return `lean_ops_murmur3_decimal(${column}::VARCHAR)`;
  switch (source) {
    case 'string':
      return `lean_ops_murmur3_text(${column})`;
    case 'date':
      return `lean_ops_murmur3_long(date_diff('day', DATE '1970-01-01', ${column}))`;
    case 'timestamp':
    case 'timestamptz':
      return `lean_ops_murmur3_long(epoch_us(${column}))`;
    default:
      return `lean_ops_murmur3_long(${column}::BIGINT)`;
  }
}
