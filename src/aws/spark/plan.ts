import type { Topic } from '../../contract/model.ts';
import { remedyFor } from '../../errors/remedy.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import { carriedSql } from '../../pipeline/batches/unreachable-rows.ts';
import type { Budget } from '../../quality/budget.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import { formOf } from '../../semantic/batch-form.ts';
import type { Intent } from '../../semantic/intent.ts';
import { type Plan, planOf } from '../../semantic/plan.ts';
import { batchLabels, LABEL_PREFIX, MAINTENANCE, PURGE_HISTORY } from '../../semantic/snapshot-labels.ts';
import {
  DRIFT_TABLE,
  driftTableName,
  ERRORS_TABLE,
  errorsTableName,
  SEMANTIC_NAMESPACE,
  semanticTable,
} from '../../semantic/tables.ts';
import { batchInfoSql } from '../../sql/batch-info.ts';
import { type PlanStep, renderPlan } from '../../sql/render.ts';
import { SPARK } from '../../sql/spark.ts';
import { type EarlierContract, redriveCountsSql, redriveSteps, stampSql } from './redrive.ts';
import { type SparkTable, sparkTable } from './table.ts';

/** modules/semantic/semantic_job.py refuses any other version. */
export const PLAN_VERSION = 1;

/** Codes that the job itself can end with. The state machine shows their remedies. */
const JOB_ERRORS: readonly ErrorCode[] = [
  'RAW_HISTORY_CHANGED',
  'REBUILD_REQUIRED',
  'COMMIT_CONFLICT',
  'LEASE_LOST',
  'MASKING_KEY_CHANGED',
  'INTERNAL',
];

/** Spark's names of a topic's tables. */
export interface SparkNames {
  /** Name of Spark's catalog. */
  readonly catalog: string;
  /** The database of a namespace (`raw`, `semantic`). */
  readonly database: (namespace: string) => string;
}

/**
 * Everything that semantic_job.py does for one topic, as JSON, because the job knows no contract. The SQL contains no
 * value of a message and no key. The job replaces `{target}` in `merge` by the branch that the batch writes. 64-bit ids
 * are texts.
 */
export interface SparkPlan {
  readonly version: typeof PLAN_VERSION;
  readonly topic: string;
  readonly tables: {
    readonly raw: { readonly identifier: string };
    readonly semantic: SparkTable;
    readonly errors: SparkTable;
    readonly drift: SparkTable;
  };
  /** RAW's snapshots: snapshot_id, parent_id, operation, readable (whether a batch may read past it). */
  readonly raw_history: string;
  readonly steps: readonly PlanStep[];
  readonly upserts: string;
  readonly merge: string;
  readonly errors: string;
  readonly drift: string;
  readonly counts: string;
  /** Figures of the contract's table rules (src/sql/table-rules.ts); null if it has none. */
  readonly checks: string | null;
  /** Remedies of the errors that the job can end with, by code. */
  readonly remedies: Readonly<Partial<Record<ErrorCode, string>>>;
}

/** A plan with the batch that runs it. */
export interface SparkPlanDocument extends SparkPlan {
  readonly batch: {
    readonly kind: Intent['kind'];
    readonly batch_id: string;
    readonly start_snapshot_id: string | null;
    readonly end_snapshot_id: string;
    /** RAW's snapshot up to which receptions are counted already; null: the batch counts all receptions. */
    readonly counted_snapshot_id: string | null;
    readonly masking_key_fingerprint: string | null;
    /** Whether snapshots before this batch must expire, because they show values that its contract masks. */
    readonly purge_history: boolean;
    /** If rejected rows exceed it, the job commits nothing; null: the batch has no budget. */
    readonly budget: Budget | null;
  };
  /** The relation `batch_info`. */
  readonly batch_info: string;
  /** Rows of the semantic table that the batch starts from. The job replaces `{table}` by the table before the batch. */
  readonly target: string;
  /** Steps that run before `steps`. */
  readonly prepare: readonly PlanStep[];
  /** Marks rows of the errors table that the batch processes again; null if it is not a redrive. */
  readonly stamp: string | null;
  /** Labels of the snapshots' summaries, without `lean-ops.`. The job adds the figures. */
  readonly summary: Readonly<Record<string, string>>;
}

/** The plan of any batch of the topic. `earlier`: contract versions that were registered before. */
export function sparkPlan(topic: Topic, names: SparkNames, earlier: readonly string[] = []): SparkPlan {
  const plan = planOf(topic, earlier);
  const { steps, upserts, errors, drift, counts, checks } = renderPlan(plan, SPARK);
  const identifier = (namespace: string, table: string) =>
    [names.catalog, ...[names.database(namespace), table].map(SPARK.identifier)].join('.');
  const semantic = (table: string) => identifier(SEMANTIC_NAMESPACE, table);
  return {
    version: PLAN_VERSION,
    topic: topic.topic,
    tables: {
      raw: { identifier: identifier(RAW_NAMESPACE, topic.topic) },
      semantic: sparkTable(semantic(topic.topic), semanticTable(topic), 'upserts'),
      errors: sparkTable(semantic(errorsTableName(topic.topic)), ERRORS_TABLE, 'error_rows'),
      drift: sparkTable(semantic(driftTableName(topic.topic)), DRIFT_TABLE, 'drift_rows'),
    },
    raw_history: rawHistorySql(identifier(RAW_NAMESPACE, topic.topic)),
    steps: steps.map(({ name, sql }) => ({ name, sql })),
    upserts,
    merge: mergeSql(plan),
    errors,
    drift,
    counts,
    checks,
    remedies: Object.fromEntries(
      JOB_ERRORS.map((code) => [code, remedyFor(code, 'aws', { topic: topic.topic })]),
    ),
  };
}

/** Rows of the semantic table whose messages are no longer in RAW. */
export interface Unreachable {
  /** A query for the rows of `{table}` that a rebuild carries over (src/pipeline/batches/unreachable-rows.ts). */
  readonly rows: string;
  /** RAW's snapshot up to which receptions were counted while their rows existed; null if it has expired. */
  readonly countedSnapshotId: bigint | null;
}

/** What a batch's plan depends on besides contract and intent. */
export interface BatchCircumstances {
  /** Whether snapshots before the batch must expire, because they show values that its contract masks. */
  readonly purgeHistory: boolean;
  /** All registered versions before the intent's. A redrive judges rows by the versions that rejected them. */
  readonly earlier: readonly EarlierContract[];
  /** null for a batch without a budget (src/state/checkpoint.ts, isJudged). */
  readonly budget: Budget | null;
  /** For a rebuild if RAW rows have expired; null: the batch derives every row from RAW. */
  readonly unreachable: Unreachable | null;
}

/** The document of one batch for semantic_job.py. */
export function sparkPlanDocument(
  topic: Topic,
  names: SparkNames,
  intent: Intent,
  circumstances: BatchCircumstances,
): SparkPlanDocument {
  const { purgeHistory, earlier, budget, unreachable } = circumstances;
  const plan = sparkPlan(
    topic,
    names,
    earlier.map((contract) => contract.topic.contractVersion),
  );
  const form = formOf(intent);
  const redrives = form.takes === 'rejected-rows';
  return {
    ...plan,
    ...(redrives ? { counts: redriveCountsSql(plan.counts) } : {}),
    // The rows of a redrive were checked for drift in their first batch.
    ...(form.findsDrift ? {} : { drift: `${plan.drift} WHERE false` }),
    batch: {
      kind: intent.kind,
      batch_id: intent.batchId,
      start_snapshot_id: intent.startSnapshotId?.toString() ?? null,
      end_snapshot_id: intent.endSnapshotId.toString(),
      counted_snapshot_id: (unreachable?.countedSnapshotId ?? intent.startSnapshotId)?.toString() ?? null,
      masking_key_fingerprint: intent.maskingKeyFingerprint,
      purge_history: purgeHistory,
      budget,
    },
    batch_info: batchInfoSql(intent, SPARK),
    target: unreachable?.rows ?? `SELECT * FROM {table}${form.startsFrom === 'empty' ? ' WHERE false' : ''}`,
    ...(unreachable === null ? {} : { upserts: withCarried(planOf(topic), plan.upserts) }),
    prepare: redrives ? redriveSteps(intent, earlier) : [],
    stamp: form.errorsCommit === 'stamp' ? stampSql(plan.tables.errors.identifier, intent.batchId) : null,
    summary: withoutPrefix({
      ...batchLabels(intent, intent.fencingToken),
      ...(purgeHistory ? { [PURGE_HISTORY]: 'true' } : {}),
    }),
  };
}

function withoutPrefix(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [label.slice(LABEL_PREFIX.length), value]),
  );
}

/** The rule of src/iceberg/history.ts: maintenance may lie between appends, because it adds no rows. */
function rawHistorySql(raw: string): string {
  return `SELECT snapshot_id, parent_id, operation,
  operation IN ('append', 'replace') OR summary['${MAINTENANCE}'] IS NOT NULL AS readable FROM ${raw}.snapshots`;
}

/** The upserts, and the rows of `target` that none of them replaces. */
function withCarried(plan: Plan, upserts: string): string {
  const key = plan.key.map((name) => `u.${SPARK.identifier(name)} = t.${SPARK.identifier(name)}`);
  const replacing = `SELECT 1 FROM fresh u WHERE ${key.join(' AND ')}`;
  return `WITH fresh AS (${upserts}) SELECT * FROM fresh UNION ALL ${carriedSql(plan, SPARK, replacing)}`;
}

/** The rows of `upserts` have every column of the table, so an update leaves nothing of the old version. */
function mergeSql(plan: Plan): string {
  const key = plan.key.map((name) => `t.${SPARK.identifier(name)} = u.${SPARK.identifier(name)}`);
  return `MERGE INTO {target} t USING upserts u ON ${key.join(' AND ')}
WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`;
}
