import { IDEMPOTENCY_KEY, type Plan } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { maskedColumn } from '../../sql/resolve.ts';
import { stagedSql } from '../../sql/stage.ts';
import type { Engine } from '../duckdb.ts';
import { keyPlan, maskedKey, plainKey } from '../explain/relevant-rows.ts';
import type { ContractVersion } from '../semantic/contract-version.ts';
import { bindMaskingKey } from '../semantic/relations.ts';
import type { MaskingKey } from '../workspace/masking-key.ts';
import type { AskedKey } from './asked-key.ts';

/** Finds a key's rows in the engine's `searched`, and leaves their places in `erased` (_file, _pos). */
export type Locate = (engine: Engine) => Promise<void>;

export interface Locators {
  readonly raw: Locate;
  readonly semantic: Locate;
  readonly errors: Locate;
}

/** The key goes in as a bound value: it must stand in no SQL text. */
export async function bindAskedKey(engine: Engine, asked: AskedKey, masking: MaskingKey): Promise<void> {
  await bindMaskingKey(engine, masking);
  await engine.run('CREATE OR REPLACE TEMP TABLE asked (text VARCHAR)');
  for (const text of asked.texts) await engine.connection.run('INSERT INTO asked VALUES ($1)', [text]);
}

const ASKED = '(SELECT text FROM asked)';
const ERASED = 'CREATE OR REPLACE TEMP TABLE erased AS SELECT r._file, r._pos';

export function locatorsOf(contract: ContractVersion): Locators {
  const plan = keyPlan(contract);
  const columns = plan.key.map((name) => `r.${DUCKDB.identifier(name)}::VARCHAR`);
  const shown = `concat_ws(' | ', ${columns.join(', ')})`;
  return {
    raw: (engine) => locateRaw(engine, plan),
    semantic: (engine) => engine.run(`${ERASED} FROM searched r WHERE ${shown} IN ${ASKED}`),
    errors: (engine) => engine.run(`${ERASED} FROM searched r WHERE r.key IN ${ASKED}`),
  };
}

/**
 * Rejected rows count too, as far as all parts of their key can be read; every column but the key's is left unread. An
 * idempotency key is a column of RAW itself.
 */
async function locateRaw(engine: Engine, plan: Plan): Promise<void> {
  if (plan.key.includes(IDEMPOTENCY_KEY)) {
    const view = '(SELECT *, idempotency_key AS _idempotency_key FROM searched)';
    await engine.run(
      `${ERASED} FROM ${view} r CROSS JOIN masking_key k WHERE r.idempotency_key IN ${ASKED} OR ${maskedColumn(plan, DUCKDB, IDEMPOTENCY_KEY, 'r')} IN ${ASKED}`,
    );
    return;
  }
  await engine.run('CREATE OR REPLACE TEMP TABLE copies (_rid BIGINT, _copy BIGINT)');
  await engine.run('CREATE OR REPLACE TEMP VIEW raw_batch AS FROM searched');
  const whole = plan.key.map((name) => `s.${DUCKDB.identifier(name)} IS NOT NULL`).join(' AND ');
  await engine.run(
    `${ERASED} FROM searched r JOIN (SELECT s._rid FROM (${stagedSql(plan, DUCKDB)}) s CROSS JOIN masking_key k
      WHERE ${whole} AND (${plainKey(plan)} IN ${ASKED} OR ${maskedKey(plan)} IN ${ASKED})) f ON f._rid = r._rid`,
  );
}
