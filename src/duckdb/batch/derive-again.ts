import type { TopicTables } from '../../pipeline/batches/topic-tables.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { Plan } from '../../semantic/plan.ts';
import { batchInfoSql } from '../../sql/batch-info.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { PLAN_INPUTS, type Relation } from '../../sql/relation.ts';
import { renderPlan } from '../../sql/render.ts';
import { type Session, withSession } from '../engine/session.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import { derivedRows } from './input-rows.ts';
import { runSteps } from './run-steps.ts';

/** What a batch over the RAW rows of a session would write to empty tables. */
export interface DerivedAgain {
  readonly rows: Relation;
  readonly errors: Relation;
}

/** Runs the plan over the session's `raw_batch` on empty tables. Its steps do not outlive the call. */
export function deriveAgain(
  place: ReadablePlace,
  session: Session,
  plan: Plan,
  { semantic, errors }: TopicTables,
  version: Pick<Intent, 'generation' | 'contractVersion'>,
): Promise<DerivedAgain> {
  return withSession(session.engine, async (inner) => {
    await inner.view(PLAN_INPUTS.target.name, (await derivedRows(place, null, semantic)).select);
    await inner.view(PLAN_INPUTS.knownErrors.name, (await derivedRows(place, null, errors)).select);
    const info = { ...version, batchId: 'recomputed', createdAt: 0n };
    await inner.table(PLAN_INPUTS.batchInfo.name, batchInfoSql(info, DUCKDB));
    const sql = renderPlan(plan, DUCKDB);
    await runSteps(inner, sql.steps);
    return {
      rows: await session.table('derived_rows', sql.upserts),
      errors: await session.table('derived_errors', sql.errors),
    };
  });
}
