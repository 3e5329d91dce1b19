import { invariant } from '../../errors/error.ts';
import { loadTable } from '../../iceberg/table.ts';
import { fingerprintFor } from '../../pipeline/batches/next-intent.ts';
import { rawTable, type TopicTables, topicTables } from '../../pipeline/batches/topic-tables.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import { BATCH_FORMS } from '../../semantic/batch-form.ts';
import type { Intent } from '../../semantic/intent.ts';
import { IDEMPOTENCY_KEY, type Plan, planOf } from '../../semantic/plan.ts';
import { batchInfoSql } from '../../sql/batch-info.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { PLAN_INPUTS } from '../../sql/relation.ts';
import { renderPlan } from '../../sql/render.ts';
import type { Engine } from '../engine/engine.ts';
import { type Session, withSession } from '../engine/session.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import { bindMaskingKey } from './bind-masking-key.ts';
import { derivedRows, rawRows } from './input-rows.ts';
import { runSteps } from './run-steps.ts';

/** How a topic's tables compare with what is derived again from all of RAW up to the checkpoint. */
export interface DeepBalance {
  readonly topic: string;
  /** partial: what was compared is equal, but not everything could be compared. `reason` says what could not. */
  readonly status: 'equal' | 'different' | 'partial';
  readonly reason: string | null;
  /** Rows of the semantic table that were compared. */
  readonly rows: number;
  /** Rows that only one side has, or that differ in a column. A row that differs counts on both sides. */
  readonly differing: number;
  /** The first 20 keys of those rows, as the table shows them (masked), sorted. */
  readonly keys: readonly string[];
  /** Findings (error_id) that only one side has. */
  readonly differingErrors: number;
}

/** Nobody reads more keys than these. */
const MAX_KEYS = 20;

/** All of RAW up to the checkpoint, which the recomputation and the comparison read. */
const RAW = PLAN_INPUTS.raw.name;
/** The semantic table's rows. */
const HELD = 'held_rows';
/** Unstamped rows of the errors table. What a redrive stamped is decided again by the rows that the redrive wrote. */
const HELD_ERRORS = 'held_errors';
/** What the recomputation gives for the two tables. */
const DERIVED = 'derived_rows';
const DERIVED_ERRORS = 'derived_errors';

/** Derives the topic from RAW in memory and compares; writes nothing. null if no batch has run yet. */
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
  const tables = await topicTables(place, contract.topic, BATCH_FORMS.incremental);
  const plan = planOf(contract.topic);
  const { expired } = checkpoint.totals.gone;
  return withSession(engine, async (session) => {
    const range = { startSnapshotId: null, endSnapshotId: snapshotId };
    await session.view(RAW, (await rawRows(place, raw, range)).select);
    await bindMaskingKey(session, plan.needsMaskingKey ? await place.maskingKey() : null);
    await derive(place, session, plan, tables, { generation: checkpoint.generation, contractVersion });
    const { before, semantic, errors } = tables;
    await session.view(HELD, (await derivedRows(place, before.semantic, semantic)).select);
    const held = await derivedRows(place, before.errors, errors);
    await session.table(HELD_ERRORS, `SELECT * FROM (${held.select}) WHERE redriven_batch_id IS NULL`);
    const difference = await compare(session, plan, contractVersion, expired > 0);
    const reasons = [await expiredPart(engine, expired), await earlierPart(engine, contractVersion)];
    const reason = reasons.filter((each) => each !== null).join('; ') || null;
    const different = difference.differing > 0 || difference.differingErrors > 0;
    const status = different ? 'different' : reason === null ? 'equal' : 'partial';
    return { topic, status, reason, ...difference };
  });
}

/** The range that RAW no longer holds, and the rows that came from it; null if nothing has expired. */
async function expiredPart(engine: Engine, expired: number): Promise<string | null> {
  if (expired === 0) return null;
  const [row] = await engine.rows(`SELECT strftime(min(ingestion_ts), '%Y-%m-%d') AS day FROM ${RAW}`);
  const range = typeof row?.day === 'string' ? `received before ${row.day}` : 'all that were received';
  const rows = await count(
    engine,
    `SELECT count(*) AS n FROM ${HELD} t WHERE NOT ${isReached('t._message_id', 't._publish_time')}`,
  );
  const findings = await count(
    engine,
    `SELECT count(*) AS n FROM ${HELD_ERRORS} k WHERE NOT ${isReached('k.message_id', 'k.publish_time')}`,
  );
  return `${expired} RAW rows have expired (${range}); ${rows} rows and ${findings} rejected rows stem from such and are not compared`;
}

/** SQL condition: RAW still holds the message. */
function isReached(message: string, time: string): string {
  return `EXISTS (SELECT 1 FROM ${RAW} r WHERE r.message_id = ${message} AND r.publish_time = ${time})`;
}

/** What earlier contract versions left in the tables; null if there is nothing. */
async function earlierPart(engine: Engine, version: number): Promise<string | null> {
  const rows = await count(engine, `SELECT count(*) AS n FROM ${HELD} WHERE _contract_version <> ${version}`);
  const findings = await count(
    engine,
    `SELECT count(*) AS n FROM ${HELD_ERRORS} WHERE contract_version <> ${version}`,
  );
  if (rows + findings === 0) return null;
  return `${rows} rows and ${findings} rejected rows come from earlier contract versions and are not compared`;
}

/** Leaves the outcome of a batch over all of RAW, on empty tables, in the session; its steps do not outlive it. */
function derive(
  place: ReadablePlace,
  session: Session,
  plan: Plan,
  { semantic, errors }: TopicTables,
  version: Pick<Intent, 'generation' | 'contractVersion'>,
): Promise<void> {
  return withSession(session.engine, async (inner) => {
    await inner.view(PLAN_INPUTS.target.name, (await derivedRows(place, null, semantic)).select);
    await inner.view(PLAN_INPUTS.knownErrors.name, (await derivedRows(place, null, errors)).select);
    const info = { ...version, batchId: 'recomputed', createdAt: 0n };
    await inner.table(PLAN_INPUTS.batchInfo.name, batchInfoSql(info, DUCKDB));
    const sql = renderPlan(plan, DUCKDB);
    await runSteps(inner, sql.steps);
    await session.table(DERIVED, sql.upserts);
    await session.table(DERIVED_ERRORS, sql.errors);
  });
}

/**
 * Leaves out what earlier contract versions decided, because their rules were different, and what came from expired RAW
 * rows. So a row or finding that only the recomputation has is not a difference if its key, or the rejection of its
 * message, came from such a version or row.
 */
async function compare(
  session: Session,
  plan: Plan,
  version: number,
  expired: boolean,
): Promise<Pick<DeepBalance, 'rows' | 'differing' | 'keys' | 'differingErrors'>> {
  const { engine } = session;
  const names = [...plan.columns.map(({ name }) => name), '_message_id', '_publish_time', IDEMPOTENCY_KEY];
  const columns = names.map(DUCKDB.identifier).join(', ');
  const key = plan.key.map(DUCKDB.identifier);
  const sameKey = key.map((column) => `t.${column} = d.${column}`).join(' AND ');
  const rejected = (message: string, time: string): string =>
    `EXISTS (SELECT 1 FROM ${HELD_ERRORS} k WHERE k.contract_version <> ${version} AND k.message_id = d.${message} AND k.publish_time = d.${time})`;
  const reached = (message: string, time: string): string => (expired ? isReached(message, time) : 'true');
  const kept = reached('t._message_id', 't._publish_time');
  const derived = `SELECT ${columns} FROM ${DERIVED} d`;
  // A row that an earlier version rejected may be the newest of its key now. The table holds the row before it.
  const isPassedOver = `EXISTS (SELECT 1 FROM ${DERIVED} d WHERE ${sameKey} AND ${rejected('_message_id', '_publish_time')})`;
  const held = `SELECT ${columns} FROM ${HELD} t WHERE t._contract_version = ${version} AND ${kept} AND NOT ${isPassedOver}`;
  const due = `${derived} WHERE NOT EXISTS (SELECT 1 FROM ${HELD} t WHERE (t._contract_version <> ${version} OR NOT ${kept}) AND ${sameKey}) AND NOT ${rejected('_message_id', '_publish_time')}`;
  const differing = await session.table(
    'differing',
    `(${held} EXCEPT ALL ${derived}) UNION ALL (${due} EXCEPT ALL ${held})`,
  );
  const shown = `concat_ws(' | ', ${key.map((column) => `${column}::VARCHAR`).join(', ')})`;
  const keys = await engine.rows(
    `SELECT DISTINCT ${shown} AS shown FROM ${differing.name} ORDER BY shown LIMIT ${MAX_KEYS}`,
  );
  return {
    rows: await count(engine, `SELECT count(*) AS n FROM (${held})`),
    differing: await count(engine, `SELECT count(*) AS n FROM ${differing.name}`),
    keys: keys.map((row) => String(row.shown)),
    differingErrors: await count(
      engine,
      `SELECT count(*) AS n FROM (SELECT error_id FROM ${HELD_ERRORS} k WHERE k.contract_version = ${version} AND ${reached('k.message_id', 'k.publish_time')}) h FULL JOIN ${DERIVED_ERRORS} d USING (error_id) ` +
        `WHERE d.error_id IS NULL OR (h.error_id IS NULL AND NOT ${rejected('message_id', 'publish_time')})`,
    ),
  };
}

async function count(engine: Engine, sql: string): Promise<number> {
  const [row] = await engine.rows(sql);
  invariant(row !== undefined, 'a count is one row');
  return Number(row.n);
}
