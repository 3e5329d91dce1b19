import type { Plan } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { breaksSql, driftedSql, driftRowsSql, membersSql, objectsSql, shapesSql } from './drift.ts';
import { EVIDENCE_SQL, errorRowsSql, rejectedSql } from './findings.ts';
import { PLAN_INPUTS } from './relation.ts';
import {
  COPIES_SQL,
  hashesSql,
  incomingSql,
  matchesSql,
  REPEATED_SQL,
  removalsSql,
  sameSql,
  tiesSql,
  upsertsSql,
  verdictsSql,
  winnersSql,
} from './resolve.ts';
import { stagedSql } from './stage.ts';
import { tableRulesSql } from './table-rules.ts';

/** A relation that a later statement reads, under this name. */
export interface PlanStep {
  readonly name: string;
  readonly sql: string;
}

/**
 * A plan as SQL text. It reads the relations of PLAN_INPUTS (relation.ts) and those of its own steps, and contains no
 * value of any of them.
 */
export interface RenderedPlan {
  /** The engine materialises them in this order. */
  readonly steps: readonly PlanStep[];
  /** Rows for the semantic table. */
  readonly upserts: string;
  /** The dialect's locator columns of the rows that updates replace; null if the dialect finds them by key. */
  readonly removals: string | null;
  readonly errors: string;
  readonly drift: string;
  /** One row: the number of RAW rows of each fate. */
  readonly counts: string;
  /** One row per table rule: rule_id, measured, row_count (table-rules.ts); null if the contract has none. */
  readonly checks: string | null;
}

const REJECTED_FROM = {
  staged: { name: 'staged' },
  evidence: { name: 'evidence' },
  version: PLAN_INPUTS.batchInfo,
};

/** Renders a plan for an engine. The text is the same for every batch of the contract. */
export function renderPlan(plan: Plan, dialect: Dialect): RenderedPlan {
  return Object.freeze({
    steps: Object.freeze([
      { name: 'repeated', sql: REPEATED_SQL },
      { name: 'copies', sql: COPIES_SQL },
      { name: 'staged', sql: stagedSql(plan, dialect, { raw: PLAN_INPUTS.raw, copies: { name: 'copies' } }) },
      { name: 'ties', sql: tiesSql(plan, dialect) },
      { name: 'winners', sql: winnersSql(plan, dialect) },
      { name: 'hashes', sql: hashesSql(plan, dialect) },
      { name: 'incoming', sql: incomingSql(plan, dialect) },
      { name: 'matches', sql: matchesSql(plan, dialect) },
      { name: 'same', sql: sameSql(plan, dialect) },
      { name: 'verdicts', sql: verdictsSql(dialect) },
      { name: 'shapes', sql: shapesSql(dialect) },
      { name: 'breaks', sql: breaksSql(plan, dialect) },
      { name: 'evidence', sql: EVIDENCE_SQL },
      { name: 'rejected', sql: rejectedSql(plan, dialect, REJECTED_FROM) },
      { name: 'error_rows', sql: errorRowsSql(dialect) },
      { name: 'objects', sql: objectsSql(plan, dialect) },
      { name: 'members', sql: membersSql(dialect) },
      { name: 'drifted', sql: driftedSql(plan, dialect) },
      { name: 'drift_rows', sql: driftRowsSql(dialect) },
    ]),
    upserts: upsertsSql(plan, dialect),
    removals: dialect.locator.length > 0 ? removalsSql(dialect) : null,
    errors: 'SELECT * FROM error_rows',
    drift: 'SELECT * FROM drift_rows',
    counts: COUNTS_SQL,
    checks: tableRulesSql(plan, dialect),
  });
}

const fate = (name: string): string => `(SELECT count(*) FROM verdicts WHERE _fate = '${name}')`;

/** Each figure is counted from the step that decides its fate, so comparing their sum with raw_rows is a check. */
const COUNTS_SQL = `SELECT (SELECT count(*) FROM raw_batch) AS raw_rows,
  ${fate('inserted')} AS inserted, ${fate('updated')} AS updated, ${fate('stale')} AS stale,
  (SELECT count(*) FROM copies WHERE _copy > 1) + ${fate('duplicate')} + (SELECT count(*) FROM rejected) - (SELECT count(*) FROM error_rows) AS duplicate,
  (SELECT count(*) FROM staged WHERE NOT _rejected) - (SELECT count(*) FROM winners) AS superseded,
  (SELECT count(*) FROM error_rows) AS rejected`;
