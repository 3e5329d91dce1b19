import { LeanOpsError } from '../../errors/error.ts';
import type { ContractVersion } from '../../pipeline/contracts/contract-version.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { IDEMPOTENCY_KEY, type Plan, planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { rejectedSql } from '../../sql/findings.ts';
import { maskedColumn } from '../../sql/resolve.ts';
import { stagedSql } from '../../sql/stage.ts';
import { bindMaskingKey } from '../batch/relations.ts';
import type { Engine, EngineRow } from '../engine/engine.ts';
import { JOINT, keyParts } from './asked-key.ts';

/** What is asked about: a message by its id, or a row by its key (asked-key.ts reads its parts). */
export type Question = { readonly kind: 'message' | 'key'; readonly text: string };

/**
 * Leaves in the engine's `relevant` one row for each RAW row that the question is about or that has a part in its
 * fate: the columns of RAW that people ask for, the key as the table shows it, the version's rank, the finding.
 */
export async function relevantRows(
  engine: Engine,
  relation: string,
  contract: ContractVersion,
  key: MaskingKey | null,
  question: Question,
): Promise<readonly EngineRow[]> {
  const plan = planOf(contract.topic);
  if (plan.needsMaskingKey && key === null) throw noKey();
  await bindMaskingKey(engine, key);
  await engine.run(`CREATE OR REPLACE TEMP VIEW all_raw AS ${relation}`);
  await engine.run('CREATE OR REPLACE TEMP TABLE copies (_rid BIGINT, _copy BIGINT)');
  await bindAsked(engine, [
    question.kind === 'key' ? keyParts(plan, question.text).join(JOINT) : question.text,
  ]);
  await chooseRows(engine, keyPlan(contract), question.kind);
  await engine.run(
    'CREATE OR REPLACE TEMP TABLE picked AS SELECT * FROM all_raw WHERE _rid IN (FROM chosen)',
  );
  await engine.run('CREATE OR REPLACE TEMP VIEW raw_batch AS FROM picked');
  await engine.run('CREATE OR REPLACE TEMP VIEW evidence AS FROM picked');
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE batch_info AS SELECT '' AS batch_id, ${contract.version} AS contract_version`,
  );
  await engine.run(`CREATE OR REPLACE TEMP TABLE staged AS ${stagedSql(plan, DUCKDB)}`);
  await engine.run(`CREATE OR REPLACE TEMP TABLE rejected AS ${rejectedSql(plan, DUCKDB)}`);
  return engine.rows(`${REPORT} ${rankedSql(plan)} v ON v._rid = r._rid ORDER BY r._rid`);
}

const REPORT = `SELECT r._rid, r.message_id, r.publish_time, r.ingestion_ts, r.source, sha256(r.json_payload) AS payload,
  v._key, v._rank, e.error_id, e.codes, e.paths
FROM picked r LEFT JOIN rejected e ON e._rid = r._rid JOIN`;

/** Rows of one rank are the same version; NULL is the smallest value. */
function rankedSql(plan: Plan): string {
  const columns = [...plan.columns.map(({ name }) => name), IDEMPOTENCY_KEY].map((name) => {
    return `${maskedColumn(plan, DUCKDB, name, 's')} ASC NULLS FIRST`;
  });
  const order = ['s._publish_time', 's._message_id', ...columns].join(', ');
  return `(SELECT s._rid, ${maskedKey(plan)} AS _key, dense_rank() OVER (ORDER BY ${order}) AS _rank
    FROM staged s CROSS JOIN masking_key k)`;
}

/** Reading the key columns alone costs a fraction of reading all. */
export function keyPlan({ topic }: ContractVersion): Plan {
  return planOf({ ...topic, columns: topic.columns.filter(({ keyPosition }) => keyPosition !== null) });
}

/** The texts asked about, in the engine's `asked`. */
export async function bindAsked(engine: Engine, texts: readonly string[]): Promise<void> {
  await engine.run('CREATE OR REPLACE TEMP TABLE asked (text VARCHAR)');
  for (const text of texts) await engine.run('INSERT INTO asked VALUES ($1)', [text]);
}

/** Rows of the keys, whether these are given plain or as the table shows them; of a message its own and those of its keys. */
async function chooseRows(engine: Engine, plan: Plan, kind: Question['kind']): Promise<void> {
  const read = async (relation: string): Promise<string> => {
    await engine.run(`CREATE OR REPLACE TEMP VIEW raw_batch AS ${relation}`);
    return `(${stagedSql(plan, DUCKDB)})`;
  };
  const own = 'FROM all_raw WHERE message_id IN (FROM asked)';
  const wanted =
    kind === 'key'
      ? 'FROM asked'
      : `SELECT DISTINCT ${plainKey(plan)} FROM ${await read(own)} s WHERE NOT s._rejected`;
  await engine.run(`CREATE OR REPLACE TEMP TABLE wanted AS ${wanted}`);
  const byKey = `SELECT s._rid FROM ${await read('FROM all_raw')} s CROSS JOIN masking_key k
    WHERE NOT s._rejected AND (${plainKey(plan)} IN (FROM wanted) OR ${maskedKey(plan)} IN (FROM wanted))`;
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE chosen AS ${byKey}${kind === 'key' ? '' : ` UNION SELECT _rid ${own}`}`,
  );
}

export function plainKey(plan: Plan): string {
  return `concat_ws(' | ', ${plan.key.map((name) => `s.${DUCKDB.identifier(name)}::VARCHAR`).join(', ')})`;
}

export function maskedKey(plan: Plan): string {
  return `concat_ws(' | ', ${plan.key.map((name) => `(${maskedColumn(plan, DUCKDB, name, 's')})::VARCHAR`).join(', ')})`;
}

function noKey(): LeanOpsError {
  return new LeanOpsError('MASKING_KEY_MISSING', {
    operation: 'explaining',
    detail: 'the contract masks by hash',
  });
}
