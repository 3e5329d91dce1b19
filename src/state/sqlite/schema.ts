import type { Database } from './database.ts';
import {
  createFormatTables,
  FORMAT_STEPS,
  type FormatStep,
  formatAfter,
  formatNumber,
  newerFormat,
  recordFormat,
  upgradeFormat,
} from './format.ts';
import { text } from './row.ts';

/** The two catalog tables in the JDBC catalog's own V1 form (org.apache.iceberg.jdbc.JdbcUtil), so not STRICT. */
const CATALOG_TABLES = `
CREATE TABLE iceberg_tables (
  catalog_name VARCHAR(255) NOT NULL,
  table_namespace VARCHAR(255) NOT NULL,
  table_name VARCHAR(255) NOT NULL,
  metadata_location VARCHAR(1000),
  previous_metadata_location VARCHAR(1000),
  iceberg_type VARCHAR(5),
  PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE iceberg_namespace_properties (
  catalog_name VARCHAR(255) NOT NULL,
  namespace VARCHAR(255) NOT NULL,
  property_key VARCHAR(255),
  property_value VARCHAR(1000),
  PRIMARY KEY (catalog_name, namespace, property_key)
);
INSERT INTO iceberg_namespace_properties VALUES
  ('lean_ops', 'raw', 'exists', 'true'), ('lean_ops', 'semantic', 'exists', 'true');`;

/** State that DynamoDB keeps too. Times are microseconds since 1970. */
const STATE_TABLES = `
CREATE TABLE locks (
  topic_name TEXT NOT NULL, work TEXT NOT NULL,
  owner TEXT, expires_at INTEGER NOT NULL, fencing_token INTEGER NOT NULL,
  PRIMARY KEY (topic_name, work)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
  topic_name TEXT PRIMARY KEY,
  snapshot_id INTEGER, sequence_number INTEGER NOT NULL, batch_id TEXT, generation INTEGER NOT NULL,
  contract_version INTEGER, masking_key_fingerprint TEXT, fencing_token INTEGER NOT NULL,
  completed_at INTEGER, checked_at INTEGER, intent TEXT,
  received INTEGER NOT NULL, raw INTEGER NOT NULL, dead_lettered INTEGER NOT NULL,
  raw_rows INTEGER NOT NULL, inserted INTEGER NOT NULL, updated INTEGER NOT NULL, duplicate INTEGER NOT NULL,
  superseded INTEGER NOT NULL, stale INTEGER NOT NULL, rejected INTEGER NOT NULL,
  gone TEXT NOT NULL, halt TEXT, accepted TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE check_results (
  topic_name TEXT NOT NULL, sequence INTEGER NOT NULL, batch_id TEXT NOT NULL, contract_version INTEGER NOT NULL,
  checked_at INTEGER NOT NULL, results TEXT NOT NULL,
  PRIMARY KEY (topic_name, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE error_tracker (
  id TEXT PRIMARY KEY,
  topic_name TEXT NOT NULL, source TEXT NOT NULL, message_id TEXT, correlation_id TEXT,
  error_code TEXT NOT NULL, error_message TEXT NOT NULL, error_offset INTEGER, receive_count INTEGER NOT NULL,
  first_received_at INTEGER NOT NULL, dlq_sent_at INTEGER NOT NULL, contract_version INTEGER, status TEXT NOT NULL,
  closed_at INTEGER, closed_by TEXT, close_reason TEXT, repair_sha256 TEXT, repair_size INTEGER,
  body_sha256 TEXT NOT NULL, body_size INTEGER NOT NULL, body_pointer TEXT, body BLOB
) STRICT;
CREATE INDEX error_tracker_by_time ON error_tracker (first_received_at, id);
CREATE INDEX error_tracker_by_topic ON error_tracker (topic_name, status, first_received_at, id);
CREATE INDEX error_tracker_by_message ON error_tracker (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE run_failures (
  topic_name TEXT NOT NULL, day TEXT NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (topic_name, day, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE counters (
  topic_name TEXT NOT NULL, day TEXT NOT NULL, batches INTEGER NOT NULL,
  received INTEGER NOT NULL, raw INTEGER NOT NULL, dead_lettered INTEGER NOT NULL,
  raw_rows INTEGER NOT NULL, inserted INTEGER NOT NULL, updated INTEGER NOT NULL, duplicate INTEGER NOT NULL,
  superseded INTEGER NOT NULL, stale INTEGER NOT NULL, rejected INTEGER NOT NULL,
  PRIMARY KEY (topic_name, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE topic_registry (
  topic_name TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL, registered_at INTEGER NOT NULL,
  status TEXT NOT NULL, contract TEXT NOT NULL,
  PRIMARY KEY (topic_name, version)
) STRICT;
CREATE TABLE compaction_tracking (
  table_name TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, action TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL
) STRICT;
CREATE INDEX compaction_tracking_by_table ON compaction_tracking (table_name, started_at);
CREATE TABLE alerts (
  topic_name TEXT NOT NULL, kind TEXT NOT NULL,
  code TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, seen INTEGER NOT NULL, recovered_at INTEGER, told TEXT NOT NULL,
  PRIMARY KEY (topic_name, kind)
) STRICT, WITHOUT ROWID;`;

/** State of a workspace only: inputs, files of open work, checksums, erasures, and the workspace's folder. */
const EMBEDDED_TABLES = `
CREATE TABLE sources (
  source_id TEXT PRIMARY KEY, topic_name TEXT NOT NULL, path TEXT NOT NULL, inode INTEGER NOT NULL,
  size INTEGER NOT NULL, first_hash TEXT NOT NULL, last_hash TEXT NOT NULL,
  taken INTEGER NOT NULL, taken_hash TEXT NOT NULL, messages INTEGER NOT NULL,
  arrived_at INTEGER NOT NULL, complete INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sources_by_topic ON sources (topic_name, updated_at);
CREATE TABLE open_work (
  work_id TEXT PRIMARY KEY, kind TEXT NOT NULL, topic_name TEXT NOT NULL, work TEXT NOT NULL,
  fencing_token INTEGER NOT NULL, directories TEXT NOT NULL,
  FOREIGN KEY (topic_name, work) REFERENCES locks (topic_name, work)
) STRICT;
CREATE TABLE data_files (
  path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE erasures (
  topic_name TEXT NOT NULL, key_hash TEXT NOT NULL, begun_at INTEGER NOT NULL, ended_at INTEGER,
  counts TEXT NOT NULL, unreadable_letters TEXT NOT NULL, snapshots TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX erasures_open ON erasures (topic_name, key_hash) WHERE ended_at IS NULL;
CREATE TABLE removed_files (
  path TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE workspace (
  root TEXT NOT NULL
) STRICT;`;

/**
 * Makes the tables of a new file, for the workspace at `root`, or upgrades those of an older format in one transaction.
 * Throws CATALOG_NEWER if a newer release wrote the file.
 */
export function ensureSchema(
  database: Database,
  root: string,
  steps: readonly FormatStep[] = FORMAT_STEPS,
): void {
  const newest = formatAfter(steps);
  if (formatNumber(database) === newest) return;
  database.write(() => {
    // Read again under the write lock: another process may have made or upgraded the tables since.
    const format = formatNumber(database);
    if (format > newest) throw newerFormat(database, steps);
    if (format === newest) return;
    if (format > 0) return upgradeFormat(database, format, steps);
    database.script(CATALOG_TABLES + STATE_TABLES + EMBEDDED_TABLES);
    createFormatTables(database);
    database.run('INSERT INTO workspace (root) VALUES (?)', root);
    recordFormat(database, newest);
  });
}

/** Where the workspace stood when its tables' locations were written. */
export function recordedRoot(database: Database): string {
  const row = database.get('SELECT root FROM workspace');
  return row === null ? '' : text(row, 'root');
}
