import { bindMaskingKey } from '../../duckdb/batch/relations.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { AskedKey } from '../../duckdb/explain/asked-key.ts';
import { keyPlan, maskedKey, plainKey } from '../../duckdb/explain/relevant-rows.ts';
import type { ContractVersion } from '../../pipeline/contracts/contract-version.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { IDEMPOTENCY_KEY, type Plan } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { maskedColumn } from '../../sql/resolve.ts';
import { stagedSql } from '../../sql/stage.ts';

/** Finds the rows of a key in the relation `searched` and writes their positions to `erased` (_file, _pos). */
export type Locate = (engine: Engine) => Promise<void>;

export interface Locators {
  readonly raw: Locate;
  readonly semantic: Locate;
  readonly errors: Locate;
}

export async function bindAskedKey(engine: Engine, asked: AskedKey, masking: MaskingKey): Promise<void> {
  await bindMaskingKey(engine, masking);
  await engine.run('CREATE OR REPLACE TEMP TABLE asked (parts VARCHAR[])');
  for (const form of asked.forms)
    await engine.run('INSERT INTO asked SELECT CAST($1::JSON AS VARCHAR[])', [JSON.stringify(form)]);
  await engine.run(`CREATE OR REPLACE TEMP TABLE strangers AS ${NO_STRANGERS}`);
}

/** The parts as a list, because different parts can join to the same text. */
const ASKED = '(SELECT parts FROM asked)';
/** The errors table stores a key as one text. */
const JOINED = "(SELECT array_to_string(parts, ' | ') FROM asked)";
const NO_STRANGERS = 'SELECT NULL::VARCHAR AS message_id, NULL::TIMESTAMPTZ AS publish_time WHERE false';
const ERASED = 'CREATE OR REPLACE TEMP TABLE erased AS SELECT r._file, r._pos';

export function locatorsOf(contract: ContractVersion): Locators {
  const plan = keyPlan(contract);
  const columns = plan.key.map((name) => `r.${DUCKDB.identifier(name)}::VARCHAR`);
  return {
    raw: (engine) => locateRaw(engine, plan),
    semantic: (engine) => engine.run(`${ERASED} FROM searched r WHERE [${columns.join(', ')}] IN ${ASKED}`),
    errors: (engine) =>
      engine.run(
        `${ERASED} FROM searched r WHERE r.key IN ${JOINED} AND NOT EXISTS (SELECT 1 FROM strangers s WHERE s.message_id = r.message_id AND s.publish_time = r.publish_time)`,
      ),
  };
}

/**
 * Writes to `strangers` the messages of other keys that join to the same text, as far as the RAW rows in `searched`
 * show. A message of both keys counts as a message of the asked key.
 */
export async function locateStrangers(engine: Engine, contract: ContractVersion): Promise<void> {
  const plan = keyPlan(contract);
  const rows = (condition: string): string =>
    `SELECT r.message_id, r.publish_time FROM searched r JOIN ${ridsOf(plan, condition)} f ON f._rid = r._rid`;
  await bindSearched(engine);
  const [own, alike] = [partsCondition(plan), textCondition(plan)];
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE strangers AS ${rows(`(${alike}) AND NOT (${own})`)} EXCEPT ${rows(own)}`,
  );
}

/**
 * Rejected rows count too if all parts of their key can be read. Only the columns of the key are read. The idempotency
 * key is a column of RAW.
 */
async function locateRaw(engine: Engine, plan: Plan): Promise<void> {
  if (plan.key.includes(IDEMPOTENCY_KEY)) {
    const view = '(SELECT *, idempotency_key AS _idempotency_key FROM searched)';
    await engine.run(
      `${ERASED} FROM ${view} r CROSS JOIN masking_key k WHERE r.idempotency_key IN ${JOINED} OR ${maskedColumn(plan, DUCKDB, IDEMPOTENCY_KEY, 'r')} IN ${JOINED}`,
    );
    return;
  }
  await bindSearched(engine);
  await engine.run(
    `${ERASED} FROM searched r JOIN ${ridsOf(plan, partsCondition(plan))} f ON f._rid = r._rid`,
  );
}

async function bindSearched(engine: Engine): Promise<void> {
  await engine.run('CREATE OR REPLACE TEMP TABLE copies (_rid BIGINT, _copy BIGINT)');
  await engine.run('CREATE OR REPLACE TEMP VIEW raw_batch AS FROM searched');
}

/** Rows `s` of RAW with the columns of the key, if all parts exist. */
function ridsOf(plan: Plan, condition: string): string {
  const whole = plan.key.map((name) => `s.${DUCKDB.identifier(name)} IS NOT NULL`).join(' AND ');
  return `(SELECT s._rid FROM (${stagedSql(plan, DUCKDB)}) s CROSS JOIN masking_key k WHERE ${whole} AND (${condition}))`;
}

function partsCondition(plan: Plan): string {
  const plain = plan.key.map((name) => `s.${DUCKDB.identifier(name)}::VARCHAR`);
  const shown = plan.key.map((name) => `(${maskedColumn(plan, DUCKDB, name, 's')})::VARCHAR`);
  return [plain, shown].map((parts) => `[${parts.join(', ')}] IN ${ASKED}`).join(' OR ');
}

function textCondition(plan: Plan): string {
  return `${plainKey(plan)} IN ${JOINED} OR ${maskedKey(plan)} IN ${JOINED}`;
}
