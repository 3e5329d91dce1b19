import { IDEMPOTENCY_KEY, type Plan } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import type { Relation } from '../../sql/relation.ts';
import { countRows } from '../engine/count-rows.ts';
import type { Session } from '../engine/session.ts';
import type { DerivedAgain } from './derive-again.ts';

/** What is compared with what. */
export interface Compared {
  /** All of RAW up to the checkpoint. */
  readonly raw: Relation;
  /** The semantic table's rows. */
  readonly held: Relation;
  /** Unstamped rows of the errors table. What a redrive stamped is decided again by the rows that the redrive wrote. */
  readonly heldErrors: Relation;
  readonly derived: DerivedAgain;
}

/** How the tables differ from what was derived again. */
export interface Difference {
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

/**
 * Leaves out what earlier contract versions decided, because their rules were different, and what came from expired RAW
 * rows. So a row or finding that only the recomputation has is not a difference if its key, or the rejection of its
 * message, came from such a version or row.
 */
export async function compareDerived(
  session: Session,
  plan: Plan,
  version: number,
  compared: Compared,
  hasExpired: boolean,
): Promise<Difference> {
  const { engine } = session;
  const { raw, held, heldErrors, derived } = compared;
  const names = [...plan.columns.map(({ name }) => name), '_message_id', '_publish_time', IDEMPOTENCY_KEY];
  const columns = names.map(DUCKDB.identifier).join(', ');
  const key = plan.key.map(DUCKDB.identifier);
  const sameKey = key.map((column) => `t.${column} = d.${column}`).join(' AND ');
  const rejected = (message: string, time: string): string =>
    `EXISTS (SELECT 1 FROM ${heldErrors.name} k WHERE k.contract_version <> ${version} AND k.message_id = d.${message} AND k.publish_time = d.${time})`;
  const reached = (message: string, time: string): string =>
    hasExpired ? isReached(raw, message, time) : 'true';
  const kept = reached('t._message_id', 't._publish_time');
  const again = `SELECT ${columns} FROM ${derived.rows.name} d`;
  // A row that an earlier version rejected may be the newest of its key now. The table holds the row before it.
  const isPassedOver = `EXISTS (SELECT 1 FROM ${derived.rows.name} d WHERE ${sameKey} AND ${rejected('_message_id', '_publish_time')})`;
  const standing = `SELECT ${columns} FROM ${held.name} t WHERE t._contract_version = ${version} AND ${kept} AND NOT ${isPassedOver}`;
  const due = `${again} WHERE NOT EXISTS (SELECT 1 FROM ${held.name} t WHERE (t._contract_version <> ${version} OR NOT ${kept}) AND ${sameKey}) AND NOT ${rejected('_message_id', '_publish_time')}`;
  const differing = await session.table(
    'differing',
    `(${standing} EXCEPT ALL ${again}) UNION ALL (${due} EXCEPT ALL ${standing})`,
  );
  const shown = `concat_ws(' | ', ${key.map((column) => `${column}::VARCHAR`).join(', ')})`;
  const keys = await engine.rows(
    `SELECT DISTINCT ${shown} AS shown FROM ${differing.name} ORDER BY shown LIMIT ${MAX_KEYS}`,
  );
  return {
    rows: await countRows(engine, `(${standing})`),
    differing: await countRows(engine, `${differing.name}`),
    keys: keys.map((row) => String(row.shown)),
    differingErrors: await countRows(
      engine,
      `(SELECT error_id FROM ${heldErrors.name} k WHERE k.contract_version = ${version} AND ${reached('k.message_id', 'k.publish_time')}) h FULL JOIN ${derived.errors.name} d USING (error_id) ` +
        `WHERE d.error_id IS NULL OR (h.error_id IS NULL AND NOT ${rejected('message_id', 'publish_time')})`,
    ),
  };
}

/** SQL condition: RAW still holds the message. */
export function isReached(raw: Relation, message: string, time: string): string {
  return `EXISTS (SELECT 1 FROM ${raw.name} r WHERE r.message_id = ${message} AND r.publish_time = ${time})`;
}
