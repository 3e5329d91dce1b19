import { LeanOpsError } from '../../errors/error.ts';
import type { ContractVersion } from '../../pipeline/contracts/contract-version.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { IDEMPOTENCY_KEY, type Plan, planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { rejectedSql } from '../../sql/findings.ts';
import { PLAN_INPUTS, type Relation } from '../../sql/relation.ts';
import { maskedColumn } from '../../sql/resolve.ts';
import { stagedSql } from '../../sql/stage.ts';
import { bindMaskingKey } from '../batch/bind-masking-key.ts';
import type { EngineRow } from '../engine/engine.ts';
import type { Session } from '../engine/session.ts';
import { JOINT, keyParts } from './asked-key.ts';

/** A question about a message, by its id, or about a row, by its key (asked-key.ts reads the parts). */
export type Question = { readonly kind: 'message' | 'key'; readonly text: string };

/** The RAW rows that decide an answer. */
export interface RelevantRows {
  /** RAW's columns of these rows. */
  readonly picked: Relation;
  /** Per row: the RAW columns that people ask for, the key as the table shows it, the version's rank, the finding. */
  readonly rows: readonly EngineRow[];
}

/** Finds each row of `raw` (a query) that the question is about, or that has a part in the fate of such a row. */
export async function relevantRows(
  session: Session,
  raw: string,
  contract: ContractVersion,
  key: MaskingKey | null,
  question: Question,
): Promise<RelevantRows> {
  const plan = planOf(contract.topic);
  if (plan.needsMaskingKey && key === null) throw noKey();
  await bindMaskingKey(session, key);
  const all = await session.view('all_raw', raw);
  const text = question.kind === 'key' ? keyParts(plan, question.text).join(JOINT) : question.text;
  const asked = await bindAsked(session, [text]);
  const chosen = await chooseRows(session, keyPlan(contract), question.kind, all, asked);
  const picked = await session.table(
    'picked',
    `SELECT * FROM ${all.name} WHERE _rid IN (FROM ${chosen.name})`,
  );
  const staged = await session.table('staged', stagedSql(plan, DUCKDB, { raw: picked, copies: null }));
  const from = { staged, evidence: picked, version: contract.version };
  const rejected = await session.table('rejected', rejectedSql(plan, DUCKDB, from));
  const rows = await session.engine.rows(
    `SELECT r._rid, r.message_id, r.publish_time, r.ingestion_ts, r.source, sha256(r.json_payload) AS payload,
  v._key, v._rank, e.error_id, e.codes, e.paths
FROM ${picked.name} r LEFT JOIN ${rejected.name} e ON e._rid = r._rid
JOIN ${rankedSql(plan, staged)} v ON v._rid = r._rid ORDER BY r._rid`,
  );
  return { picked, rows };
}

/** Rows of one rank are the same version; NULL is the smallest value. */
function rankedSql(plan: Plan, staged: Relation): string {
  const columns = [...plan.columns.map(({ name }) => name), IDEMPOTENCY_KEY].map((name) => {
    return `${maskedColumn(plan, DUCKDB, name, 's')} ASC NULLS FIRST`;
  });
  const order = ['s._publish_time', 's._message_id', ...columns].join(', ');
  return `(SELECT s._rid, ${maskedKey(plan)} AS _key, dense_rank() OVER (ORDER BY ${order}) AS _rank
    FROM ${staged.name} s CROSS JOIN ${PLAN_INPUTS.maskingKey.name} k)`;
}

/** The plan of the key columns alone: reading these costs a fraction of reading all. */
export function keyPlan({ topic }: ContractVersion): Plan {
  return planOf({ ...topic, columns: topic.columns.filter(({ keyPosition }) => keyPosition !== null) });
}

/** Binds the texts asked about, one per row. They are bound values, because they may be personal data. */
export function bindAsked(session: Session, texts: readonly string[]): Promise<Relation> {
  const values = texts.map((_text, index) => `($${index + 1}::VARCHAR)`);
  return session.table('asked', `SELECT text FROM (VALUES ${values.join(', ')}) v(text)`, [...texts]);
}

/** The `_rid` of the rows of a key, given plain or as the table shows it; or of a message and of its keys. */
async function chooseRows(
  session: Session,
  plan: Plan,
  kind: Question['kind'],
  all: Relation,
  asked: Relation,
): Promise<Relation> {
  const staged = (raw: Relation): string => `(${stagedSql(plan, DUCKDB, { raw, copies: null })})`;
  const isMine = (
    wanted: string,
  ): string => `SELECT s._rid FROM ${staged(all)} s CROSS JOIN ${PLAN_INPUTS.maskingKey.name} k
    WHERE NOT s._rejected AND (${plainKey(plan)} IN (FROM ${wanted}) OR ${maskedKey(plan)} IN (FROM ${wanted}))`;
  if (kind === 'key') return session.table('chosen', isMine(asked.name));
  const own = await session.view('own_raw', `FROM ${all.name} WHERE message_id IN (FROM ${asked.name})`);
  const keys = `SELECT DISTINCT ${plainKey(plan)} FROM ${staged(own)} s WHERE NOT s._rejected`;
  const wanted = await session.table('wanted', keys);
  return session.table('chosen', `${isMine(wanted.name)} UNION SELECT _rid FROM ${own.name}`);
}

/** The key of a staged row `s` as one text, unmasked. */
export function plainKey(plan: Plan): string {
  return `concat_ws(' | ', ${plan.key.map((name) => `s.${DUCKDB.identifier(name)}::VARCHAR`).join(', ')})`;
}

/** The key of a staged row `s` as one text, as the table shows it; reads `masking_key` as `k`. */
export function maskedKey(plan: Plan): string {
  return `concat_ws(' | ', ${plan.key.map((name) => `(${maskedColumn(plan, DUCKDB, name, 's')})::VARCHAR`).join(', ')})`;
}

function noKey(): LeanOpsError {
  return new LeanOpsError('MASKING_KEY_MISSING', {
    operation: 'explaining',
    detail: 'the contract masks by hash',
  });
}
