import { DuckDBInstance } from '@duckdb/node-api';
import type { Column, ColumnType, PathSegment, Topic } from '../../src/contract/model.ts';
import { planOf } from '../../src/semantic/plan.ts';
import { DUCKDB } from '../../src/sql/duckdb.ts';
import { type RenderedPlan, renderPlan } from '../../src/sql/render.ts';

export const keyPath = (...keys: string[]): readonly PathSegment[] =>
  keys.map((key) => ({ kind: 'key', key }));

export function column(name: string, type: ColumnType, more: Partial<Column> = {}): Column {
  return {
    name,
    type,
    path: keyPath(name),
    displayPath: name,
    required: false,
    cde: false,
    keyPosition: null,
    masking: null,
    gates: [],
    epoch: null,
    truncate: false,
    partition: null,
    description: null,
    ...more,
  };
}

export function topicOf(columns: readonly Column[], more: Partial<Topic> = {}): Topic {
  return {
    topic: 'things',
    contractVersion: '1.0.0',
    hash: 'h',
    columns,
    key: columns.filter((each) => each.keyPosition !== null).map((each) => each.name),
    envelope: 'bare',
    idempotencyKeyPath: null,
    publishTimePath: null,
    acceptNumericStrings: false,
    onTypeMismatch: 'null',
    compatibility: 'BACKWARD',
    freshness: { warnSeconds: 1, lateSeconds: 2 },
    driftMuted: [],
    rules: [],
    retentionSeconds: null,
    description: null,
    ...more,
  };
}

export interface RawRow {
  readonly id: string;
  /** Microseconds. */
  readonly time: bigint;
  readonly payload: string;
  readonly key?: string;
  readonly inexact?: string;
  readonly shape?: string;
  /** Microseconds. */
  readonly ingested?: bigint;
  readonly version?: string;
}

type Row = Record<string, unknown>;

export interface BatchResult {
  readonly upserts: readonly Row[];
  /** Where in `target` the rows stand that updates replace. */
  readonly removals: readonly Row[];
  readonly errors: readonly Row[];
  readonly drift: readonly Row[];
  readonly counts: Row;
  /** By rule_id. */
  readonly checks: readonly Row[];
}

/** Runs a topic's plan over RAW rows on a real DuckDB, with an empty table or with `target` rows given as SQL. */
export async function runPlan(
  topic: Topic,
  rows: readonly RawRow[],
  target: string | null = null,
  knownErrors: readonly string[] = [],
): Promise<BatchResult> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const run = async (sql: string): Promise<readonly Row[]> =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson();
    const plan: RenderedPlan = renderPlan(planOf(topic), DUCKDB);
    await run(`SET TimeZone = 'UTC'`);
    await run(rawBatch(rows));
    await run(
      `CREATE TABLE batch_info AS SELECT 'b1' AS batch_id, 1 AS contract_version, 1 AS generation, make_timestamptz(0) AS created_at`,
    );
    await run(
      `CREATE TABLE masking_key AS SELECT repeat('\\x36'::BLOB, 64) AS ipad, repeat('\\x5c'::BLOB, 64) AS opad`,
    );
    await run(`CREATE TABLE known_errors (error_id VARCHAR)`);
    for (const id of knownErrors) await run(`INSERT INTO known_errors VALUES (${DUCKDB.text(id)})`);
    await run(`CREATE TABLE target AS ${target ?? `${emptyTarget(topic)}`}`);
    for (const step of plan.steps) await run(`CREATE TABLE ${step.name} AS ${step.sql}`);
    return {
      upserts: await run(plan.upserts),
      removals: plan.removals === null ? [] : await run(plan.removals),
      errors: await run(plan.errors),
      drift: await run(`SELECT * FROM (${plan.drift}) ORDER BY path, kind`),
      counts: (await run(plan.counts))[0] ?? {},
      checks: plan.checks === null ? [] : await run(`SELECT * FROM (${plan.checks}) ORDER BY rule_id`),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function emptyTarget(topic: Topic): string {
  const columns = topic.columns.map(
    (each) => `NULL::${DUCKDB.type(each.type)} AS ${DUCKDB.identifier(each.name)}`,
  );
  return `SELECT ${columns.join(', ')}, '' AS _message_id, make_timestamptz(0) AS _publish_time, '' AS _idempotency_key, '' AS _batch_id, 0 AS _contract_version, '' AS _file, 0::BIGINT AS _pos WHERE false`;
}

function rawBatch(rows: readonly RawRow[]): string {
  const values = rows.map((row, index) => {
    const fields = [
      row.id,
      row.key ?? row.id,
      row.payload,
      row.inexact ?? null,
      row.shape ?? row.payload,
      row.version ?? null,
    ];
    const [id, key, payload, inexact, shape, version] = fields.map((field) =>
      field === null ? 'NULL' : DUCKDB.text(field),
    );
    return `(${index}, ${id}, make_timestamptz(${row.time}), ${key}, ${payload}, ${inexact}::VARCHAR, ${shape}, ${version}::VARCHAR)`;
  });
  return `CREATE TABLE raw_batch AS SELECT * FROM (VALUES ${values.join(', ')}) v(_rid, message_id, publish_time, idempotency_key, json_payload, inexact_number_paths, payload_shape, schema_version)`;
}
