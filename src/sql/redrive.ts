import type { RedriveSelection } from '../semantic/intent.ts';
import type { Plan } from '../semantic/plan.ts';
import { ERRORS_TABLE } from '../semantic/tables.ts';
import type { Dialect } from './dialect.ts';
import { rejectedSql } from './findings.ts';
import type { PlanStep } from './render.ts';
import { stagedSql } from './stage.ts';

/**
 * What a redrive takes, as SQL text (DESIGN 6, 10). The errors table holds findings and no payloads, so the RAW rows of
 * a finding are found by deriving it once more: a row of RAW with its id and time belongs to it where the contract
 * version that rejected it gives the very same error_id. A redrive posts −1 rejected for each finding taken, and the
 * fates of its rows, exact copies once; so the invariant "unstamped error rows = rejected" holds before and after.
 */

/** Unstamped rows of `known_errors` (the live errors table) that the selection means and an earlier version rejected. */
export function chosenErrorsSql(selection: RedriveSelection, version: number, dialect: Dialect): string {
  const conditions = ['redriven_batch_id IS NULL', `contract_version < ${version}`];
  if (selection.code !== null)
    conditions.push(`contains(', ' || codes || ',', ${dialect.text(`, ${selection.code},`)})`);
  if (selection.messageId !== null) conditions.push(`message_id = ${dialect.text(selection.messageId)}`);
  return `SELECT * FROM known_errors WHERE ${conditions.join(' AND ')}`;
}

/** Rows of `raw_batch` that share id and time with a row of `chosen_errors`. */
export const CANDIDATES_SQL = `SELECT r.* FROM raw_batch r
WHERE EXISTS (SELECT 1 FROM chosen_errors c WHERE c.message_id = r.message_id AND c.publish_time = r.publish_time)`;

/** No row is passed over as a copy where findings are only derived once more. */
function noCopiesSql(dialect: Dialect): string {
  const long = dialect.type({ kind: 'long' });
  return `SELECT CAST(NULL AS ${long}) AS _rid, CAST(NULL AS ${long}) AS _copy FROM chosen_errors WHERE false`;
}

/** The findings of `raw_batch` under the plan of the version in `batch_info`; `rejected` is the one that is asked for. */
export function findingSteps(plan: Plan, dialect: Dialect): readonly PlanStep[] {
  return [
    { name: 'copies', sql: noCopiesSql(dialect) },
    { name: 'staged', sql: stagedSql(plan, dialect) },
    { name: 'evidence', sql: 'SELECT _rid, json_payload FROM raw_batch' },
    { name: 'rejected', sql: rejectedSql(plan, dialect) },
  ];
}

/** Which rows belong to which finding chosen. */
export const BELONGING_SQL = `SELECT r._rid, r.error_id FROM rejected r JOIN chosen_errors c ON c.error_id = r.error_id`;

/** The rows that are taken again, each once. */
export const TAKEN_SQL = `SELECT r.* FROM candidates r WHERE r._rid IN (SELECT _rid FROM belonging)`;

/** The findings whose rows RAW still holds; the others stay as they are. */
export const REDRIVEN_SQL = `SELECT c.* FROM chosen_errors c WHERE c.error_id IN (SELECT error_id FROM belonging)`;

/** The findings taken, stamped, in the errors table's column order. */
export function stampedSql(): string {
  const columns = ERRORS_TABLE.columns.map(({ name }) =>
    name === 'redriven_batch_id' ? 'b.batch_id AS redriven_batch_id' : `e.${name}`,
  );
  return `SELECT ${columns.join(', ')} FROM redriven e CROSS JOIN batch_info b`;
}
