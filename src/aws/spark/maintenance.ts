import { isoTime, MICROS_PER_HOUR, type Micros } from '../../base/time.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { PLAN_VERSION, type SparkNames } from './plan.ts';

/** Files that no snapshot names may belong to a running job. No job runs for three days: Glue's own limit is two. */
const ORPHAN_HOURS = 72n;

/** One table that is due for maintenance. */
export interface TableMaintenance {
  readonly ref: TableRef;
  /** Snapshots that were committed before this may expire; null: none may. */
  readonly olderThan: Micros | null;
  /** The oldest snapshot that must stay (src/pipeline/maintenance/needed-snapshots.ts), with all newer ones; null: none. */
  readonly oldestNeeded: bigint | null;
  /** Figures of the table by name, for the record of what was done. */
  readonly before: Readonly<Record<string, number>>;
}

/** What one maintenance of a topic's tables may do. */
export interface MaintenanceScope {
  /** Names this maintenance, as the `batch_id` of plan and outcome. */
  readonly id: string;
  readonly now: Micros;
  readonly tables: readonly TableMaintenance[];
}

interface TableWork {
  readonly table: string;
  readonly namespace: string;
  readonly name: string;
  readonly before: Readonly<Record<string, number>>;
  /** A condition on the table `snapshots`. A snapshot that fulfils it stays, and with it all newer ones. */
  readonly keep: string;
  readonly older_than_micros: string;
  /** Calls of Iceberg's procedures. The job replaces `{older_than}` by the time that it decides on. */
  readonly statements: readonly { readonly name: string; readonly sql: string }[];
}

/** Maintenance of a topic's tables by Iceberg's own procedures, as semantic_job.py runs it under the topic's lease. */
export interface SparkMaintenanceDocument {
  readonly version: typeof PLAN_VERSION;
  readonly topic: string;
  readonly batch: {
    readonly kind: 'maintain';
    readonly batch_id: string;
    readonly masking_key_fingerprint: null;
  };
  readonly started_at_micros: string;
  readonly maintenance: readonly TableWork[];
}

/** The document of one maintenance run for semantic_job.py. */
export function sparkMaintenanceDocument(
  topic: string,
  names: SparkNames,
  scope: MaintenanceScope,
): SparkMaintenanceDocument {
  return {
    version: PLAN_VERSION,
    topic,
    batch: { kind: 'maintain', batch_id: scope.id, masking_key_fingerprint: null },
    started_at_micros: scope.now.toString(),
    maintenance: scope.tables.map((table) => workOn(names, table, scope)),
  };
}

function workOn(
  names: SparkNames,
  { ref: { namespace, name }, olderThan, oldestNeeded, before }: TableMaintenance,
  { now }: MaintenanceScope,
): TableWork {
  const database = names.database(namespace);
  const call = (procedure: string, ...more: readonly string[]) => ({
    name: procedure,
    sql: `CALL ${names.catalog}.system.${procedure}(${[`table => '${database}.${name}'`, ...more].join(', ')})`,
  });
  const orphans = timestamp(now - ORPHAN_HOURS * MICROS_PER_HOUR);
  return {
    table: `${names.catalog}.\`${database}\`.\`${name}\``,
    namespace,
    name,
    before,
    keep: oldestNeeded === null ? 'false' : `snapshot_id = ${oldestNeeded}`,
    older_than_micros: (olderThan ?? 0n).toString(),
    statements: [
      call('rewrite_data_files', "options => map('remove-dangling-deletes', 'true')"),
      call('rewrite_position_delete_files'),
      call('rewrite_manifests'),
      ...(olderThan === null
        ? []
        : [call('expire_snapshots', 'older_than => {older_than}', 'retain_last => 1')]),
      // By the table's own FileIO: Hadoop's listing would need a file system for s3://.
      call('remove_orphan_files', `older_than => ${orphans}`, 'prefix_listing => true'),
    ],
  };
}

/** A literal, because Iceberg's procedures accept no expressions. Milliseconds are exact enough for the age of a file. */
function timestamp(micros: Micros): string {
  const [day, time] = isoTime(micros).split(/[TZ]/);
  return `TIMESTAMP '${day} ${time}'`;
}
