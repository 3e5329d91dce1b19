import type { Topic } from '../../contract/model.ts';
import { invariant } from '../../errors/error.ts';
import type { Intent } from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import {
  BELONGING_SQL,
  CANDIDATES_SQL,
  chosenErrorsSql,
  findingSteps,
  REDRIVEN_SQL,
  TAKEN_SQL,
} from '../../sql/redrive.ts';
import type { PlanStep } from '../../sql/render.ts';
import { SPARK } from '../../sql/spark.ts';
import { batchInfoSql } from './batch-info.ts';

/** A contract version that was registered before that of a batch. */
export interface EarlierContract {
  readonly version: number;
  readonly topic: Topic;
}

/**
 * The steps of a redrive before the plan's own. They leave the rows to process again in `raw_batch`, and their rows of the
 * errors table in `redriven`, judged by every version that may have rejected them (src/sql/redrive.ts).
 */
export function redriveSteps(intent: Intent, earlier: readonly EarlierContract[]): readonly PlanStep[] {
  const { selection, contractVersion } = intent;
  invariant(selection !== null, 'a redrive has a selection');
  const judged = earlier.filter(({ version }) => version < contractVersion);
  const belonging = judged.map(({ version }) => `belonging_${version}`);
  const none = `SELECT CAST(NULL AS BIGINT) AS _rid, CAST(NULL AS STRING) AS error_id WHERE false`;
  return [
    { name: 'chosen_errors', sql: chosenErrorsSql(selection, contractVersion, SPARK) },
    { name: 'candidates', sql: CANDIDATES_SQL },
    { name: 'raw_batch', sql: 'SELECT * FROM candidates' },
    ...judged.flatMap(({ version, topic }) => [
      { name: 'batch_info', sql: batchInfoSql({ ...intent, contractVersion: version }) },
      ...findingSteps(planOf(topic), SPARK),
      { name: `belonging_${version}`, sql: BELONGING_SQL },
    ]),
    {
      name: 'belonging',
      sql: [none, ...belonging.map((name) => `SELECT * FROM ${name}`)].join(' UNION ALL '),
    },
    { name: 'redriven', sql: REDRIVEN_SQL },
    { name: 'taken', sql: TAKEN_SQL },
    { name: 'raw_batch', sql: 'SELECT * FROM taken' },
    { name: 'batch_info', sql: batchInfoSql(intent) },
  ];
}

/** Stamps the rows of the errors table that a redrive processed. Run again, it finds no row to stamp. */
export function stampSql(errors: string, batchId: string): string {
  return `MERGE INTO ${errors} t USING redriven r ON t.error_id = r.error_id AND t.redriven_batch_id IS NULL
WHEN MATCHED THEN UPDATE SET t.redriven_batch_id = ${SPARK.text(batchId)}`;
}

/** As `redriveCounts` of src/semantic/fates.ts, and the errors that were selected (`chosen`) and processed (`redriven`). */
export function redriveCountsSql(counts: string): string {
  const findings = '(SELECT count(*) FROM redriven)';
  return `SELECT CAST(0 AS BIGINT) AS raw_rows, c.inserted, c.updated, c.stale,
  c.duplicate - (c.raw_rows - ${findings}) AS duplicate, c.superseded, c.rejected - ${findings} AS rejected,
  (SELECT count(*) FROM chosen_errors) AS chosen, ${findings} AS redriven
FROM (${counts}) c`;
}
