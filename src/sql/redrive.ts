import type { RedriveSelection } from '../semantic/intent.ts';
import type { Plan } from '../semantic/plan.ts';
import { ERRORS_TABLE } from '../semantic/tables.ts';
import type { Dialect } from './dialect.ts';
import { rejectedSql } from './findings.ts';
import { PLAN_INPUTS, type Relation } from './relation.ts';
import type { PlanStep } from './render.ts';
import { stagedSql } from './stage.ts';

/**
 * The rows that a redrive processes again, as SQL text. The errors table contains findings and no payloads, so the RAW
 * rows of a finding are found by deriving it again: a RAW row with the finding's message id and time belongs to it if
 * the contract version that rejected the row computes the same error_id. A redrive posts −1 rejected for each finding
 * that it processes, and the fates of its rows, exact copies once. So the number of unstamped error rows equals
 * `rejected` before and after.
 */

/** The findings that the selection names and that a version before `version` rejected: rows of the errors table. */
export const CHOSEN_ERRORS: Relation = { name: 'chosen_errors' };
/** Of those, the findings whose rows are still in RAW. The others do not change. */
export const REDRIVEN_ERRORS: Relation = { name: 'redriven' };
/** RAW rows that share message id and time with a chosen finding. */
const CANDIDATES: Relation = { name: 'candidates' };
/** Which candidates belong to which chosen finding: _rid, error_id. */
const BELONGING: Relation = { name: 'belonging' };

/** Unstamped rows of `known_errors` that the selection means and that a version before `version` rejected. */
export function chosenErrorsSql(selection: RedriveSelection, version: number, dialect: Dialect): string {
  const conditions = ['redriven_batch_id IS NULL', `contract_version < ${version}`];
  if (selection.code !== null)
    conditions.push(`contains(', ' || codes || ',', ${dialect.text(`, ${selection.code},`)})`);
  if (selection.messageId !== null) conditions.push(`message_id = ${dialect.text(selection.messageId)}`);
  return `SELECT * FROM ${PLAN_INPUTS.knownErrors.name} WHERE ${conditions.join(' AND ')}`;
}

/** The first steps of a redrive: `chosen_errors`, and `candidates` from the relation that holds all of RAW. */
export function choosingSteps(
  selection: RedriveSelection,
  version: number,
  raw: Relation,
  dialect: Dialect,
): readonly PlanStep[] {
  return [
    { name: CHOSEN_ERRORS.name, sql: chosenErrorsSql(selection, version, dialect) },
    {
      name: CANDIDATES.name,
      sql: `SELECT r.* FROM ${raw.name} r
WHERE EXISTS (SELECT 1 FROM ${CHOSEN_ERRORS.name} c WHERE c.message_id = r.message_id AND c.publish_time = r.publish_time)`,
    },
  ];
}

/** How the candidates are judged by one contract version. */
export interface JudgingSteps {
  /** Relations that only `belonging` reads. */
  readonly steps: readonly PlanStep[];
  /** The candidates that the version rejects with the same finding as before. */
  readonly belonging: PlanStep;
}

/** How the candidates are judged by a contract version that may have rejected them; its names end in the version. */
export function judgingSteps(plan: Plan, version: number, dialect: Dialect): JudgingSteps {
  const staged = { name: `staged_${version}` };
  const rejected = { name: `rejected_${version}` };
  return {
    steps: [
      { name: staged.name, sql: stagedSql(plan, dialect, { raw: CANDIDATES, copies: null }) },
      { name: rejected.name, sql: rejectedSql(plan, dialect, { staged, evidence: CANDIDATES, version }) },
    ],
    belonging: {
      name: `${BELONGING.name}_${version}`,
      sql: `SELECT r._rid, r.error_id FROM ${rejected.name} r JOIN ${CHOSEN_ERRORS.name} c ON c.error_id = r.error_id`,
    },
  };
}

/**
 * The last steps: `redriven`, and the plan's input `raw_batch` with the rows to process again, each once. `judged` are
 * the results of `judgingSteps`.
 */
export function takingSteps(judged: readonly Relation[], dialect: Dialect): readonly PlanStep[] {
  const none = `SELECT CAST(NULL AS ${dialect.type({ kind: 'long' })}) AS _rid, CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS error_id WHERE false`;
  return [
    {
      name: BELONGING.name,
      sql: [none, ...judged.map(({ name }) => `SELECT * FROM ${name}`)].join(' UNION ALL '),
    },
    {
      name: REDRIVEN_ERRORS.name,
      sql: `SELECT c.* FROM ${CHOSEN_ERRORS.name} c WHERE c.error_id IN (SELECT error_id FROM ${BELONGING.name})`,
    },
    {
      name: PLAN_INPUTS.raw.name,
      sql: `SELECT r.* FROM ${CANDIDATES.name} r WHERE r._rid IN (SELECT _rid FROM ${BELONGING.name})`,
    },
  ];
}

/** The processed findings, stamped with the id of this batch, in the errors table's column order. */
export function stampedSql(): string {
  const columns = ERRORS_TABLE.columns.map(({ name }) =>
    name === 'redriven_batch_id' ? 'b.batch_id AS redriven_batch_id' : `e.${name}`,
  );
  return `SELECT ${columns.join(', ')} FROM ${REDRIVEN_ERRORS.name} e CROSS JOIN ${PLAN_INPUTS.batchInfo.name} b`;
}
