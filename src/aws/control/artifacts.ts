import { z } from 'zod';
import { LeanOpsError } from '../../errors/error.ts';
import type { TableMetadata } from '../../iceberg/metadata.ts';
import type { PlannedBatch } from '../../pipeline/batches/next-intent.ts';
import { carriesRows, unreachableRows } from '../../pipeline/batches/unreachable-rows.ts';
import { purgesHistory } from '../../pipeline/contracts/masking-change.ts';
import { registeredTopic } from '../../pipeline/contracts/registered-topic.ts';
import { DEFAULTS } from '../../pipeline/settings.ts';
import type { Budget } from '../../quality/budget.ts';
import type { Measured } from '../../quality/rule-results.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import { SPARK } from '../../sql/spark.ts';
import { isJudged } from '../../state/checkpoint.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { type AwsConfig, glueDatabase } from '../deployment/config.ts';
import { JSON_TEXT } from '../deployment/json-text.ts';
import { withExpired } from '../figures/expired-rows.ts';
import { type SparkNames, sparkPlanDocument } from '../spark/plan.ts';

/** The budget of every topic: the default of a new workspace. */
export const BATCH_BUDGET: Budget = { share: DEFAULTS.rejectedShare, minimum: DEFAULTS.budgetMinimum };

/** Spark's name for the catalog that the Glue databases are in. */
const SPARK_CATALOG = 'lean_ops';

/** The job's report of a batch. */
export interface JobOutcome {
  /** Its rejected rows exceed the plan's budget, so the job committed nothing of it. */
  readonly isOverBudget: boolean;
  readonly counts: BatchCounts;
  /** Rejected rows that a redrive selected, and those that it processed again; null for other kinds of batch. */
  readonly redrive: { readonly chosen: number; readonly redriven: number } | null;
  /** Receptions among the batch's rows that no earlier batch counted. */
  readonly newReceptions: number;
  /** Whether the batch counted all receptions in RAW. */
  readonly countsAll: boolean;
  /** Rows of the semantic table after the batch, counted by Spark. */
  readonly liveRows: number;
  /** Rows that a rebuild carried over, because their messages are no longer in RAW. */
  readonly carried: number;
  /** Figures of the contract's table rules, by the rule's index in the plan. */
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
    chosen: figure.optional(),
    redriven: figure.optional(),
  }),
  over_budget: z.boolean().default(false),
  live_rows: figure,
  carried: figure.default(0),
  raw_distinct_sources: figure,
  counted_snapshot_id: z.string().nullable().default(null),
  checks: z.array(z.object({ rule_id: figure, measured: figure, row_count: figure })),
});

/** The objects in which the control function and the job exchange a batch: s3:// URIs. */
export function artifactUris(config: Pick<AwsConfig, 'artifactsBucket'>, topic: string, batchId: string) {
  const file = (folder: string) => `s3://${config.artifactsBucket}/${folder}/${topic}/${batchId}.json`;
  return { plan: file('plans'), outcome: file('outcomes') };
}

/** The names of catalog and databases in Spark. */
export function sparkNames(config: Pick<AwsConfig, 'glueDatabasePrefix'>): SparkNames {
  return { catalog: SPARK_CATALOG, database: (namespace) => glueDatabase(config, namespace) };
}

/** Writes the plan that the job runs. A retry under another token overwrites it. */
export async function writePlan(
  deployment: AwsDeployment,
  { intent, contract }: PlannedBatch,
  raw: TableMetadata,
): Promise<void> {
  const names = sparkNames(deployment.config);
  const checkpoint = await deployment.store.checkpoint(intent.topic);
  const purges = await purgesHistory(deployment, checkpoint, intent, contract.topic);
  const budget = isJudged(checkpoint, intent.kind) ? BATCH_BUDGET : null;
  const versions = await deployment.store.contractVersions(intent.topic);
  const earlier = versions
    .filter(({ version }) => version < contract.version)
    .map((registered) => ({ version: registered.version, topic: registeredTopic(registered) }));
  const carries = carriesRows(intent, withExpired(checkpoint, raw));
  const { maskingKeyFingerprint: fingerprint } = intent;
  const document = sparkPlanDocument(contract.topic, names, intent, {
    purgeHistory: purges,
    earlier,
    budget,
    unreachable: carries
      ? {
          rows: await unreachableRows(deployment, checkpoint, contract.topic, fingerprint, '{table}', SPARK),
          countedSnapshotId: holds(raw, checkpoint.snapshotId) ? checkpoint.snapshotId : null,
        }
      : null,
  });
  const { plan } = artifactUris(deployment.config, intent.topic, intent.batchId);
  await deployment.putObject(plan, Buffer.from(JSON.stringify(document)));
}

function holds({ snapshots }: TableMetadata, snapshotId: bigint | null): boolean {
  return snapshots.some((snapshot) => snapshot['snapshot-id'] === snapshotId);
}

/** An object of that form. Throws JOB_FAILED if it is missing or has another form. */
export async function readArtifact<T>(
  { files }: AwsDeployment,
  topic: string,
  location: string,
  form: z.ZodType<T>,
): Promise<T> {
  if (!(await files.exists(location))) throw invalidArtifact(topic, `${location} does not exist`);
  const text = Buffer.from(await files.read(location)).toString('utf8');
  const parsed = JSON_TEXT.pipe(form).safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalidArtifact(topic, `${location}: ${z.prettifyError(parsed.error)}`);
}

/** What the job wrote for the plan of that id. Throws JOB_FAILED if it wrote nothing of that form and id. */
export async function readOutcome<T extends { readonly batch_id: string }>(
  deployment: AwsDeployment,
  topic: string,
  id: string,
  form: z.ZodType<T>,
): Promise<T> {
  const { outcome } = artifactUris(deployment.config, topic, id);
  const written = await readArtifact(deployment, topic, outcome, form);
  if (written.batch_id === id) return written;
  throw invalidArtifact(topic, `${outcome} belongs to batch ${written.batch_id}, not to ${id}`);
}

/** Throws JOB_FAILED if the job wrote no outcome of this batch. */
export async function readBatchOutcome(
  deployment: AwsDeployment,
  topic: string,
  batchId: string,
): Promise<JobOutcome> {
  const outcome = await readOutcome(deployment, topic, batchId, OUTCOME);
  const { over_budget, counts, live_rows, carried, raw_distinct_sources, counted_snapshot_id, checks } =
    outcome;
  const { raw_rows, chosen, redriven, ...fates } = counts;
  return {
    isOverBudget: over_budget,
    counts: { rawRows: raw_rows, ...fates },
    redrive: chosen === undefined || redriven === undefined ? null : { chosen, redriven },
    newReceptions: raw_distinct_sources,
    countsAll: counted_snapshot_id === null,
    liveRows: live_rows,
    carried,
    figures: new Map(
      checks.map(({ rule_id, measured, row_count }) => [rule_id, { measured, rows: row_count }]),
    ),
  };
}

function invalidArtifact(topic: string, detail: string): LeanOpsError {
  return new LeanOpsError('JOB_FAILED', { operation: `ending the work on ${topic}`, detail });
}
