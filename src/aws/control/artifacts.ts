import { z } from 'zod';
import { changesMasking } from '../../engine/semantic/masking-change.ts';
import type { PlannedBatch } from '../../engine/semantic/next-intent.ts';
import { registeredTopic } from '../../engine/semantic/registered-topic.ts';
import { DEFAULTS } from '../../engine/workspace/default-config.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Budget } from '../../quality/budget.ts';
import type { Measured } from '../../quality/checks.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import { isJudged } from '../../state/checkpoint.ts';
import type { AwsConfig } from '../config.ts';
import type { AwsHome } from '../home.ts';
import { sparkPlanDocument } from '../spark-plan.ts';

/** Of every topic: what a new workspace of the embedded home has. */
export const BATCH_BUDGET: Budget = { share: DEFAULTS.rejectedShare, minimum: DEFAULTS.budgetMinimum };

/** Spark's name for the catalog that the Glue databases are in. */
const SPARK_CATALOG = 'lean_ops';

/** What the job says of a batch. */
export interface BatchOutcome {
  /** Its rejected rows are beyond the plan's budget: nothing of it is committed. */
  readonly isOverBudget: boolean;
  readonly counts: BatchCounts;
  /** Receptions among the batch's rows that RAW did not hold before. */
  readonly newReceptions: number;
  /** Of the semantic table, by Spark. */
  readonly liveRows: number;
  /** What the contract's table rules counted, by their place in the plan. */
  readonly figures: ReadonlyMap<number, Measured>;
}

const figure = z.number().int();

const OUTCOME = z.object({
  batch_id: z.string(),
  counts: z.object({
    raw_rows: figure,
    inserted: figure,
    updated: figure,
    duplicate: figure,
    superseded: figure,
    stale: figure,
    rejected: figure,
  }),
  over_budget: z.boolean().default(false),
  live_rows: figure,
  raw_distinct_sources: figure,
  checks: z.array(z.object({ rule_id: figure, measured: figure, row_count: figure })),
});

/** Where the control functions and the job hand a batch to each other. */
export function artifactUris(config: Pick<AwsConfig, 'artifactsBucket'>, topic: string, batchId: string) {
  const file = (folder: string) => `s3://${config.artifactsBucket}/${folder}/${topic}/${batchId}.json`;
  return { plan: file('plans'), outcome: file('outcomes') };
}

/** Writes the plan that the job runs; a retry, under another token, writes it anew. */
export async function writePlan(home: AwsHome, { intent, contract }: PlannedBatch): Promise<void> {
  const names = {
    catalog: SPARK_CATALOG,
    database: (namespace: string) => `${home.config.glueDatabasePrefix}_${namespace}`,
  };
  const checkpoint = await home.store.checkpoint(intent.topic);
  const purges =
    intent.kind === 'rebuild' && (await changesMasking(home, checkpoint, intent, contract.topic));
  const budget = isJudged(checkpoint, intent.kind) ? BATCH_BUDGET : null;
  const versions = await home.store.contractVersions(intent.topic);
  const earlier = versions
    .filter(({ version }) => version < contract.version)
    .map((registered) => ({ version: registered.version, topic: registeredTopic(registered) }));
  const document = sparkPlanDocument(contract.topic, names, intent, purges, earlier, budget);
  const { plan } = artifactUris(home.config, intent.topic, intent.batchId);
  await home.putObject(plan, Buffer.from(JSON.stringify(document)));
}

/** Throws JOB_FAILED where the job wrote no outcome of this batch. */
export async function readOutcome(home: AwsHome, topic: string, batchId: string): Promise<BatchOutcome> {
  const { outcome } = artifactUris(home.config, topic, batchId);
  if (!(await home.files.exists(outcome))) throw noOutcome(topic, `${outcome} does not exist`);
  const parsed = OUTCOME.safeParse(JSON.parse(Buffer.from(await home.files.read(outcome)).toString('utf8')));
  if (!parsed.success) throw noOutcome(topic, `${outcome}: ${z.prettifyError(parsed.error)}`);
  const { batch_id, over_budget, counts, live_rows, raw_distinct_sources, checks } = parsed.data;
  if (batch_id !== batchId) throw noOutcome(topic, `${outcome} is of batch ${batch_id}`);
  const { raw_rows, ...fates } = counts;
  return {
    isOverBudget: over_budget,
    counts: { rawRows: raw_rows, ...fates },
    newReceptions: raw_distinct_sources,
    liveRows: live_rows,
    figures: new Map(
      checks.map(({ rule_id, measured, row_count }) => [rule_id, { measured, rows: row_count }]),
    ),
  };
}

function noOutcome(topic: string, detail: string): LeanOpsError {
  return new LeanOpsError('JOB_FAILED', { operation: `ending a batch of ${topic}`, detail });
}
