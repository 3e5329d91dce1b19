import type { Micros } from '../raw/record.ts';
import { RAW_NAMESPACE } from '../raw/table.ts';
import { driftTableName, errorsTableName, SEMANTIC_NAMESPACE } from '../semantic/tables.ts';
import { PLAN_VERSION, type SparkNames } from './spark-plan.ts';

const MICROS_PER_HOUR = 3_600_000_000n;
/** Files that no snapshot names may belong to a job under way; no job runs for three days (Glue's own limit is two). */
const ORPHAN_HOURS = 72n;

/** What one upkeep of a topic's tables may do. */
export interface MaintenanceScope {
  /** Names this upkeep; the outcome carries it. */
  readonly id: string;
  readonly now: Micros;
  /** RAW's snapshot that the checkpoint is at; null: before the first batch, and nothing of RAW may expire. */
  readonly rawSnapshotId: bigint | null;
  /** How long snapshots are kept for readers of the past. */
  readonly historyHours: bigint;
}

interface TableWork {
  readonly table: string;
  /** Picks snapshots that must stay, and with them all newer ones: a condition on the table `snapshots`. */
  readonly keep: string;
  readonly older_than_micros: string;
  /** Calls of Iceberg's procedures; `{older_than}` stands for the time that the job settles on. */
  readonly statements: readonly { readonly name: string; readonly sql: string }[];
}

/** Upkeep of a topic's tables by Iceberg's own procedures, as semantic_job.py runs it under the topic's lease. */
export interface SparkMaintenanceDocument {
  readonly version: typeof PLAN_VERSION;
  readonly topic: string;
  readonly batch: {
    readonly kind: 'maintain';
    readonly batch_id: string;
    readonly masking_key_fingerprint: null;
  };
  readonly maintenance: readonly TableWork[];
}

export function sparkMaintenanceDocument(
  topic: string,
  names: SparkNames,
  scope: MaintenanceScope,
): SparkMaintenanceDocument {
  const batches = "summary['lean-ops.batch-id'] IS NOT NULL";
  const derived = [topic, errorsTableName(topic), driftTableName(topic)].map((table) =>
    workOn(names, SEMANTIC_NAMESPACE, table, batches, true, scope),
  );
  const { rawSnapshotId } = scope;
  const raw = workOn(
    names,
    RAW_NAMESPACE,
    topic,
    `snapshot_id = ${rawSnapshotId ?? 0n}`,
    rawSnapshotId !== null,
    scope,
  );
  return {
    version: PLAN_VERSION,
    topic,
    batch: { kind: 'maintain', batch_id: scope.id, masking_key_fingerprint: null },
    maintenance: [...derived, raw],
  };
}

function workOn(
  names: SparkNames,
  namespace: string,
  table: string,
  keep: string,
  expires: boolean,
  { now, historyHours }: MaintenanceScope,
): TableWork {
  const database = names.database(namespace);
  const call = (name: string, ...more: readonly string[]) => ({
    name,
    sql: `CALL ${names.catalog}.system.${name}(${[`table => '${database}.${table}'`, ...more].join(', ')})`,
  });
  const orphans = timestamp(now - ORPHAN_HOURS * MICROS_PER_HOUR);
  return {
    table: `${names.catalog}.\`${database}\`.\`${table}\``,
    keep,
    older_than_micros: String(now - historyHours * MICROS_PER_HOUR),
    statements: [
      call('rewrite_data_files', "options => map('remove-dangling-deletes', 'true')"),
      call('rewrite_position_delete_files'),
      call('rewrite_manifests'),
      ...(expires ? [call('expire_snapshots', 'older_than => {older_than}', 'retain_last => 1')] : []),
      call('remove_orphan_files', `older_than => ${orphans}`),
    ],
  };
}

/** A literal: Iceberg's procedures take no expressions. Milliseconds are near enough for the age of a file. */
function timestamp(micros: Micros): string {
  const [day, time] = new Date(Number(micros / 1_000n)).toISOString().split(/[TZ]/);
  return `TIMESTAMP '${day} ${time}'`;
}
