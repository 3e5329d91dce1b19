import type { Topic } from '../../contract/model.ts';
import { invariant } from '../../errors/error.ts';
import type { Intent } from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import {
  CHOSEN_ERRORS,
  choosingSteps,
  judgingSteps,
  REDRIVEN_ERRORS,
  takingSteps,
} from '../../sql/redrive.ts';
import { PLAN_INPUTS } from '../../sql/relation.ts';
import type { PlanStep } from '../../sql/render.ts';
import { SPARK } from '../../sql/spark.ts';

/** A contract version that was registered before that of a batch. */
export interface EarlierContract {
  readonly version: number;
  readonly topic: Topic;
}

/**
 * The steps before the plan's own in a redrive. The job binds `raw_batch` to all of RAW; the last of these steps
 * replaces it by the rows to process again. Every version before the intent's evaluates the candidates
 * (src/sql/redrive.ts).
 */
export function redriveSteps(intent: Intent, earlier: readonly EarlierContract[]): readonly PlanStep[] {
  const { selection, contractVersion } = intent;
  invariant(selection !== null, 'a redrive has a selection');
  const judging = earlier
    .filter(({ version }) => version < contractVersion)
    .map(({ version, topic }) => judgingSteps(planOf(topic), version, SPARK));
  const judged = judging.map(({ belonging }) => belonging);
  return [
    ...choosingSteps(selection, contractVersion, PLAN_INPUTS.raw, SPARK),
    ...judging.flatMap(({ steps, belonging }) => [...steps, belonging]),
    ...takingSteps(judged, SPARK),
  ];
}

/** Stamps the rows of the errors table that a redrive processed. Run again, it finds no row to stamp. */
export function stampSql(errors: string, batchId: string): string {
  return `MERGE INTO ${errors} t USING ${REDRIVEN_ERRORS.name} r ON t.error_id = r.error_id AND t.redriven_batch_id IS NULL
WHEN MATCHED THEN UPDATE SET t.redriven_batch_id = ${SPARK.text(batchId)}`;
}

/** As `redriveCounts` of src/semantic/fates.ts, and the errors that were selected (`chosen`) and processed (`redriven`). */
export function redriveCountsSql(counts: string): string {
  const findings = `(SELECT count(*) FROM ${REDRIVEN_ERRORS.name})`;
  return `SELECT CAST(0 AS BIGINT) AS raw_rows, c.inserted, c.updated, c.stale,
  c.duplicate - (c.raw_rows - ${findings}) AS duplicate, c.superseded, c.rejected - ${findings} AS rejected,
  (SELECT count(*) FROM ${CHOSEN_ERRORS.name}) AS chosen, ${findings} AS redriven
FROM (${counts}) c`;
}
