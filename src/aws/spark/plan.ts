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

/** modules/semantic/semantic_job.py refuses any other. */
export const PLAN_VERSION = 1;

/** What the job itself can end with; the state machine shows the remedy. */
const JOB_ERRORS: readonly ErrorCode[] = [
  'RAW_HISTORY_CHANGED',
  'REBUILD_REQUIRED',
  'COMMIT_CONFLICT',
  'LEASE_LOST',
  'MASKING_KEY_CHANGED',
  'INTERNAL',
];

/** Where a topic's tables are for Spark. */
export interface SparkNames {
  /** Of Spark's catalog. */
  readonly catalog: string;
  /** Database of a namespace (`raw`, `semantic`). */
  readonly database: (namespace: string) => string;
}

/**
 * Everything that semantic_job.py does for one topic, as JSON: it knows no contract. The SQL holds no value of a message
 * and no key. `{target}` in `merge` stands for the branch that the batch writes. 64-bit ids are texts.
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
  /** RAW's snapshots: snapshot_id, parent_id, operation, readable (whether a batch may read over it). */
  readonly raw_history: string;
  readonly steps: readonly PlanStep[];
  readonly upserts: string;
  readonly merge: string;
  readonly errors: string;
  readonly drift: string;
  readonly counts: string;
  /** Figures of the contract's table rules; null where it has none (src/sql/table-rules.ts). */
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
    /** RAW's snapshot up to which receptions were counted before; null: none were, or all are counted anew. */
    readonly counted_snapshot_id: string | null;
    readonly masking_key_fingerprint: string | null;
    /** Old snapshots show what this batch's contract hides. */
    readonly purge_history: boolean;
    /** Beyond it the job commits nothing; null: the batch is not judged. */
    readonly budget: Budget | null;
  };
  /** The relation `batch_info`. */
  readonly batch_info: string;
  /** Rows of the semantic table that the batch meets; `{table}` stands for the table as it was. */
  readonly target: string;
  /** Goes before the steps. */
  readonly prepare: readonly PlanStep[];
  /** Marks rows of the errors table that the batch takes again; null where it takes none. */
  readonly stamp: string | null;
  /** Keys of the snapshots' summaries, without `lean-ops.`; the job adds the figures. */
  readonly summary: Readonly<Record<string, string>>;
}

/** `earlier` are the versions of contracts registered before. */
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

/** What RAW can't give any more. */
export interface Unreachable {
  /** A query for the rows of `{table}` that a rebuild takes over (src/pipeline/batches/unreachable-rows.ts). */
  readonly rows: string;
  /** RAW's snapshot up to which receptions were counted while their rows were there; null where it is gone. */
  readonly countedSnapshotId: bigint | null;
}

/** What a batch's plan depends on beside contract and intent. */
export interface BatchCircumstances {
  /** Old snapshots show what this batch's contract hides. */
  readonly purgeHistory: boolean;
  /** All registered versions before the intent's; a redrive judges rows by those that rejected them. */
  readonly earlier: readonly EarlierContract[];
  /** null for a batch that is not judged (src/state/checkpoint.ts, isJudged). */
  readonly budget: Budget | null;
  /** Of a rebuild where RAW rows have expired; null: it derives everything anew. */
  readonly unreachable: Unreachable | null;
}

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

/** As src/iceberg/history.ts has it: maintenance may lie between appends, for it adds no rows. */
function rawHistorySql(raw: string): string {
  return `SELECT snapshot_id, parent_id, operation,
  operation IN ('append', 'replace') OR summary['${MAINTENANCE}'] IS NOT NULL AS readable FROM ${raw}.snapshots`;
}

/** With the rows of `target` that none of them replaces. */
function withCarried(plan: Plan, upserts: string): string {
  const key = plan.key.map((name) => `u.${SPARK.identifier(name)} = t.${SPARK.identifier(name)}`);
  const replacing = `SELECT 1 FROM fresh u WHERE ${key.join(' AND ')}`;
  return `WITH fresh AS (${upserts}) SELECT * FROM fresh UNION ALL ${carriedSql(plan, SPARK, replacing)}`;
}

/** The rows of `upserts` have every column of the table, so that an update leaves nothing of the old version. */
function mergeSql(plan: Plan): string {
  const key = plan.key.map((name) => `t.${SPARK.identifier(name)} = u.${SPARK.identifier(name)}`);
  return `MERGE INTO {target} t USING upserts u ON ${key.join(' AND ')}
WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`;
}
