import type { Engine } from '../src/duckdb/engine/engine.ts';

/**
 * Hand-written code for the same rows, without contract, gates, ledger, Iceberg and dead letters. Lean-Ops is
 * measured against it.
 */
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The yardstick of ingest: the unchanged lines of the file in zstd Parquet. */
export async function copyLines(engine: Engine, file: string, to: string): Promise<void> {
  await engine.run(
    `COPY (FROM read_ndjson_objects(${quote(file)})) TO ${quote(to)} (FORMAT parquet, COMPRESSION zstd)`,
  );
}

/** File → RAW Parquet by hand. */
export async function handRaw(engine: Engine, file: string, to: string): Promise<void> {
  await engine.run(`COPY (
    SELECT json->>'$.messageId' AS message_id, (json->>'$.publishTime')::TIMESTAMPTZ AS publish_time,
      json->>'$.payload._metadata.idempotencyKeyResource' AS idempotency_key, json->>'$.payload' AS json_payload
    FROM read_ndjson_objects(${quote(file)})) TO ${quote(to)} (FORMAT parquet, COMPRESSION zstd)`);
}

/** RAW Parquet → semantic Parquet by hand: newest version of each key, the same types and masks. */
export async function handSemantic(engine: Engine, raw: string, to: string): Promise<void> {
  const paths = [
    'order_id',
    'customer.name',
    'customer.email',
    'customer.phone',
    'status',
    'amount',
    'quantity',
    'weight',
    'express',
    'created_at',
    'notes',
  ];
  const hmac = (value: string): string => `sha256(k.o || unhex(sha256(k.i || encode(${value}))))`;
  await engine.run(`COPY (
    WITH x AS (SELECT message_id, publish_time, idempotency_key, json_payload->>[${paths.map((path) => quote(`$.${path}`)).join(', ')}] AS e FROM ${quote(raw)}),
    n AS (SELECT * FROM x QUALIFY row_number() OVER (PARTITION BY e[1] ORDER BY publish_time DESC, message_id DESC) = 1)
    SELECT e[1] AS order_id, ${hmac('e[2]')} AS customer_name, ${hmac('e[3]')} AS customer_email, '***' || right(e[4], 4) AS customer_phone,
      e[5] AS status, e[6]::DECIMAL(12, 2) AS amount, e[7]::BIGINT AS quantity, e[8]::DOUBLE AS weight, e[9]::BOOLEAN AS express,
      e[10]::TIMESTAMPTZ AS created_at, e[11] AS notes, message_id AS _message_id, publish_time AS _publish_time, idempotency_key AS _idempotency_key
    FROM n, (SELECT repeat('\\x36'::BLOB, 64) AS i, repeat('\\x5c'::BLOB, 64) AS o) k) TO ${quote(to)} (FORMAT parquet, COMPRESSION zstd)`);
}
