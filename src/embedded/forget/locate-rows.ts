import { bindMaskingKey } from '../../duckdb/batch/bind-masking-key.ts';
import type { Session } from '../../duckdb/engine/session.ts';
import type { AskedKey } from '../../duckdb/explain/asked-key.ts';
import { keyPlan, maskedKey, plainKey } from '../../duckdb/explain/relevant-rows.ts';
import type { ContractVersion } from '../../pipeline/contracts/contract-version.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { IDEMPOTENCY_KEY, type Plan } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { PLAN_INPUTS, type Relation } from '../../sql/relation.ts';
import { maskedColumn } from '../../sql/resolve.ts';
import { stagedSql } from '../../sql/stage.ts';

/** Finds a key's rows in `searched` (erase-rows.ts) and binds their places in the session: _file, _pos. */
export type Locate = (session: Session, searched: Relation) => Promise<Relation>;

export interface Locators {
  readonly raw: Locate;
  readonly semantic: Locate;
  readonly errors: Locate;
}

/** The forms of the requested key, each a list of its parts. */
const ASKED_KEY = 'asked_key';
/** The parts as a list, because joined texts can be equal although parts differ. */
const ASKED = `(SELECT parts FROM ${ASKED_KEY})`;
/** The errors table stores a key as one text. */
const JOINED = `(SELECT array_to_string(parts, ' | ') FROM ${ASKED_KEY})`;
const MASKING_KEY = PLAN_INPUTS.maskingKey.name;

/** Binds the other inputs of the locators besides the rows to search: the masking key and the requested key. */
export async function bindAskedKey(session: Session, asked: AskedKey, masking: MaskingKey): Promise<void> {
  await bindMaskingKey(session, masking);
  const forms = asked.forms.map((_form, index) => `SELECT CAST($${index + 1}::JSON AS VARCHAR[]) AS parts`);
  const values = asked.forms.map((form) => JSON.stringify(form));
  await session.table(ASKED_KEY, forms.join(' UNION ALL '), values);
}

/** `strangers`: messages whose rejected rows are left (`strangersSql`); null: there are none. */
export function locatorsOf(contract: ContractVersion, strangers: Relation | null): Locators {
  const plan = keyPlan(contract);
  const columns = plan.key.map((name) => `r.${DUCKDB.identifier(name)}::VARCHAR`);
  const isStrange =
    strangers === null
      ? 'false'
      : `EXISTS (SELECT 1 FROM ${strangers.name} s WHERE s.message_id = r.message_id AND s.publish_time = r.publish_time)`;
  return {
    raw: (session, searched) => locateRaw(session, searched, plan),
    semantic: (session, { name }) =>
      bindErased(session, `FROM ${name} r WHERE [${columns.join(', ')}] IN ${ASKED}`),
    errors: (session, { name }) =>
      bindErased(session, `FROM ${name} r WHERE r.key IN ${JOINED} AND NOT ${isStrange}`),
  };
}

function bindErased(session: Session, from: string): Promise<Relation> {
  return session.table('erased', `SELECT r._file, r._pos ${from}`);
}

/**
 * A query for the messages of other keys whose joined text is the asked key's, as far as the RAW rows in `searched`
 * show it. A message that has both keys counts as the asked key's.
 */
export function strangersSql(searched: Relation, contract: ContractVersion): string {
  const plan = keyPlan(contract);
  const rows = (condition: string): string =>
    `SELECT r.message_id, r.publish_time FROM ${searched.name} r JOIN ${ridsOf(plan, searched, condition)} f ON f._rid = r._rid`;
  const [own, alike] = [partsCondition(plan), textCondition(plan)];
  return `${rows(`(${alike}) AND NOT (${own})`)} EXCEPT ${rows(own)}`;
}

/**
 * Rejected rows count too if all parts of their key can be read; every column but the key's is left unread. An
 * idempotency key is a column of RAW itself.
 */
function locateRaw(session: Session, searched: Relation, plan: Plan): Promise<Relation> {
  if (plan.key.includes(IDEMPOTENCY_KEY)) {
    const rows = `(SELECT *, idempotency_key AS _idempotency_key FROM ${searched.name})`;
    const masked = maskedColumn(plan, DUCKDB, IDEMPOTENCY_KEY, 'r');
    return bindErased(
      session,
      `FROM ${rows} r CROSS JOIN ${MASKING_KEY} k WHERE r.idempotency_key IN ${JOINED} OR ${masked} IN ${JOINED}`,
    );
  }
  const found = ridsOf(plan, searched, partsCondition(plan));
  return bindErased(session, `FROM ${searched.name} r JOIN ${found} f ON f._rid = r._rid`);
}

/** Rows `s` of RAW, read as far as the key's columns, all of whose parts are there. */
function ridsOf(plan: Plan, searched: Relation, condition: string): string {
  const whole = plan.key.map((name) => `s.${DUCKDB.identifier(name)} IS NOT NULL`).join(' AND ');
  const staged = stagedSql(plan, DUCKDB, { raw: searched, copies: null });
  return `(SELECT s._rid FROM (${staged}) s CROSS JOIN ${MASKING_KEY} k WHERE ${whole} AND (${condition}))`;
}

function partsCondition(plan: Plan): string {
  const plain = plan.key.map((name) => `s.${DUCKDB.identifier(name)}::VARCHAR`);
  const shown = plan.key.map((name) => `(${maskedColumn(plan, DUCKDB, name, 's')})::VARCHAR`);
  return [plain, shown].map((parts) => `[${parts.join(', ')}] IN ${ASKED}`).join(' OR ');
}

function textCondition(plan: Plan): string {
  return `${plainKey(plan)} IN ${JOINED} OR ${maskedKey(plan)} IN ${JOINED}`;
}
