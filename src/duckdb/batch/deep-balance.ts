import { invariant } from '../../errors/error.ts';
import { loadTable } from '../../iceberg/table.ts';
import { fingerprintFor } from '../../pipeline/batches/next-intent.ts';
import { rawTable, topicTables } from '../../pipeline/batches/topic-tables.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import type { Intent } from '../../semantic/intent.ts';
import { IDEMPOTENCY_KEY, type Plan, planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { renderPlan } from '../../sql/render.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Engine } from '../engine/engine.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import { bindRelations } from './relations.ts';

/** How a topic's tables compare with what all of RAW up to the checkpoint gives when derived anew. */
export interface DeepBalance {
  readonly topic: string;
  /** partial: what was compared is equal, but not everything could be compared; `reason` says what. */
  readonly status: 'equal' | 'different' | 'partial';
  readonly reason: string | null;
  /** Rows of the semantic table that were compared. */
  readonly rows: number;
  /** Rows that are in one of the two only, or differ in a column; both sides of a difference count. */
  readonly differing: number;
  /** Of those the first keys, as the table shows them (masked), by key. */
  readonly keys: readonly string[];
  /** Findings (error_id) that are in one of the two only. */
  readonly differingErrors: number;
}

/** More keys than these a person does not read. */
const MAX_KEYS = 20;

/** Derives the topic from RAW in memory and compares; writes nothing. null where no batch has run yet. */
export async function deepBalance(
  place: ReadablePlace,
  engine: Engine,
  topic: string,
): Promise<DeepBalance | null> {
  const checkpoint = await place.store.checkpoint(topic);
  const raw = await loadTable(place.files, place.catalog, rawTable(topic));
  const { contractVersion, snapshotId } = checkpoint;
  if (raw === null || contractVersion === null || snapshotId === null) return null;
  const contract = await versionOf(place, topic, contractVersion);
  await fingerprintFor(place, contract.topic, checkpoint.maskingKeyFingerprint);
  const tables = await topicTables(place, contract.topic, false);
  const plan = planOf(contract.topic);
  const key = plan.needsMaskingKey ? await place.maskingKey() : null;
  const anew = recomputation(checkpoint, contractVersion, snapshotId);
  await bindRelations(place, engine, anew, raw, tables, key);
  await derive(engine, plan);
  await bindRelations(place, engine, { ...anew, kind: 'incremental' }, raw, tables, key);
  // What a redrive stamped is decided anew, by the rows that the redrive wrote.
  await engine.run(
    'CREATE OR REPLACE TEMP TABLE unstamped AS SELECT * FROM known_errors WHERE redriven_batch_id IS NULL',
  );
  await engine.run('CREATE OR REPLACE TEMP VIEW known_errors AS FROM unstamped');
  const { expired } = checkpoint.totals.gone;
  const difference = await compare(engine, plan, contractVersion, expired > 0);
  const reasons = [await expiredPart(engine, expired), await earlierPart(engine, contractVersion)];
  const reason = reasons.filter((each) => each !== null).join('; ') || null;
  const different = difference.differing > 0 || difference.differingErrors > 0;
  const status = different ? 'different' : reason === null ? 'equal' : 'partial';
  return { topic, status, reason, ...difference };
}

/** The range that RAW no longer holds, and what stems from it; null where nothing has expired. */
async function expiredPart(engine: Engine, expired: number): Promise<string | null> {
  if (expired === 0) return null;
  const [row] = await engine.rows(`SELECT strftime(min(ingestion_ts), '%Y-%m-%d') AS day FROM raw_batch`);
  const range = typeof row?.day === 'string' ? `received before ${row.day}` : 'all that were received';
  const rows = await count(
    engine,
    `SELECT count(*) AS n FROM target t WHERE NOT ${isReached('t._message_id', 't._publish_time')}`,
  );
  const findings = await count(
    engine,
    `SELECT count(*) AS n FROM known_errors k WHERE NOT ${isReached('k.message_id', 'k.publish_time')}`,
  );
  return `${expired} RAW rows have expired (${range}); ${rows} rows and ${findings} rejected rows stem from such and are not compared`;
}

/** Whether RAW still holds the message. */
function isReached(message: string, time: string): string {
  return `EXISTS (SELECT 1 FROM raw_batch r WHERE r.message_id = ${message} AND r.publish_time = ${time})`;
}

/** What earlier contract versions left in the tables; null where there is nothing. */
async function earlierPart(engine: Engine, version: number): Promise<string | null> {
  const rows = await count(engine, `SELECT count(*) AS n FROM target WHERE _contract_version <> ${version}`);
  const findings = await count(
    engine,
    `SELECT count(*) AS n FROM known_errors WHERE contract_version <> ${version}`,
  );
  if (rows + findings === 0) return null;
  return `${rows} rows and ${findings} rejected rows come from earlier contract versions and are not compared`;
}

/** A batch over everything that the checkpoint has seen, on an empty table. */
function recomputation(checkpoint: Checkpoint, contractVersion: number, endSnapshotId: bigint): Intent {
  return {
    batchId: 'recomputed',
    kind: 'rebuild',
    topic: checkpoint.topic,
    startSnapshotId: null,
    endSnapshotId,
    generation: checkpoint.generation,
    contractVersion,
    maskingKeyFingerprint: checkpoint.maskingKeyFingerprint,
    afterBatchId: null,
    selection: null,
    fencingToken: 0n,
    createdAt: 0n,
  };
}

async function derive(engine: Engine, plan: Plan): Promise<void> {
  const sql = renderPlan(plan, DUCKDB);
  for (const step of sql.steps) await engine.run(`CREATE OR REPLACE TEMP TABLE ${step.name} AS ${step.sql}`);
  await engine.run(`CREATE OR REPLACE TEMP TABLE derived AS ${sql.upserts}`);
  await engine.run(`CREATE OR REPLACE TEMP TABLE derived_errors AS ${sql.errors}`);
  for (const step of sql.steps.toReversed()) await engine.run(`DROP TABLE ${step.name}`);
}

/**
 * What earlier contract versions decided is left out, for their rules were others, and what stems from RAW rows that
 * have expired. So a row or finding that only the recomputation has is no difference where its key, or its message's
 * rejection, came from such a version or row.
 */
async function compare(
  engine: Engine,
  plan: Plan,
  version: number,
  expired: boolean,
): Promise<Pick<DeepBalance, 'rows' | 'differing' | 'keys' | 'differingErrors'>> {
  const names = [...plan.columns.map(({ name }) => name), '_message_id', '_publish_time', IDEMPOTENCY_KEY];
  const columns = names.map(DUCKDB.identifier).join(', ');
  const key = plan.key.map(DUCKDB.identifier);
  const sameKey = key.map((column) => `t.${column} = d.${column}`).join(' AND ');
  const rejected = (message: string, time: string): string =>
    `EXISTS (SELECT 1 FROM known_errors k WHERE k.contract_version <> ${version} AND k.message_id = d.${message} AND k.publish_time = d.${time})`;
  const reached = (message: string, time: string): string => (expired ? isReached(message, time) : 'true');
  const kept = reached('t._message_id', 't._publish_time');
  const derived = `SELECT ${columns} FROM derived d`;
  // A row that an earlier version rejected may be the newest of its key by now; the table holds the one before it.
  const isPassedOver = `EXISTS (SELECT 1 FROM derived d WHERE ${sameKey} AND ${rejected('_message_id', '_publish_time')})`;
  const held = `SELECT ${columns} FROM target t WHERE t._contract_version = ${version} AND ${kept} AND NOT ${isPassedOver}`;
  const due = `${derived} WHERE NOT EXISTS (SELECT 1 FROM target t WHERE (t._contract_version <> ${version} OR NOT ${kept}) AND ${sameKey}) AND NOT ${rejected('_message_id', '_publish_time')}`;
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE differing AS (${held} EXCEPT ALL ${derived}) UNION ALL (${due} EXCEPT ALL ${held})`,
  );
  const shown = `concat_ws(' | ', ${key.map((column) => `${column}::VARCHAR`).join(', ')})`;
  const keys = await engine.rows(
    `SELECT DISTINCT ${shown} AS shown FROM differing ORDER BY shown LIMIT ${MAX_KEYS}`,
  );
  return {
    rows: await count(engine, `SELECT count(*) AS n FROM (${held})`),
    differing: await count(engine, 'SELECT count(*) AS n FROM differing'),
    keys: keys.map((row) => String(row.shown)),
    differingErrors: await count(
      engine,
      `SELECT count(*) AS n FROM (SELECT error_id FROM known_errors k WHERE k.contract_version = ${version} AND ${reached('k.message_id', 'k.publish_time')}) h FULL JOIN derived_errors d USING (error_id) ` +
        `WHERE d.error_id IS NULL OR (h.error_id IS NULL AND NOT ${rejected('message_id', 'publish_time')})`,
    ),
  };
}

async function count(engine: Engine, sql: string): Promise<number> {
  const [row] = await engine.rows(sql);
  invariant(row !== undefined, 'a count is one row');
  return Number(row.n);
}
