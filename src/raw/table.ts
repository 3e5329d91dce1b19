/** The columns of raw.<topic>, in field-id order. They are the same in a workspace and on AWS. */
export interface RawColumn {
  /** Iceberg field id. */
  readonly id: number;
  readonly name: string;
  readonly type: 'string' | 'timestamptz';
  readonly required: boolean;
}

export const RAW_NAMESPACE = 'raw';

export const RAW_COLUMNS: readonly RawColumn[] = Object.freeze([
  { id: 1, name: 'topic_name', type: 'string', required: true },
  { id: 2, name: 'message_id', type: 'string', required: true },
  { id: 3, name: 'idempotency_key', type: 'string', required: true },
  { id: 4, name: 'period_reference', type: 'string', required: false },
  { id: 5, name: 'correlation_id', type: 'string', required: false },
  { id: 6, name: 'publish_time', type: 'timestamptz', required: true },
  { id: 7, name: 'publish_time_origin', type: 'string', required: true },
  { id: 8, name: 'ingestion_ts', type: 'timestamptz', required: true },
  { id: 9, name: 'source', type: 'string', required: true },
  { id: 10, name: 'schema_version', type: 'string', required: false },
  { id: 11, name: 'envelope_json', type: 'string', required: false },
  { id: 12, name: 'json_payload', type: 'string', required: true },
  { id: 13, name: 'inexact_number_paths', type: 'string', required: false },
  { id: 14, name: 'payload_shape', type: 'string', required: true },
]);

/** RAW is partitioned by day of this column. */
export const RAW_PARTITION_COLUMN = 'ingestion_ts';

/**
 * The definition for Iceberg. It numbers fields in this order from 1, so the field ids are those of the
 * columns.
 */
export const RAW_DEFINITION = Object.freeze({
  columns: RAW_COLUMNS.map(({ name, type, required }) => ({ name, type, required })),
  partition: [{ column: RAW_PARTITION_COLUMN, transform: 'day' }],
  properties: {},
});

/** Bounds of free text do not help readers, and manifests should not contain text of messages. */
export const RAW_WITHOUT_BOUNDS: ReadonlySet<string> = new Set([
  'message_id',
  'idempotency_key',
  'period_reference',
  'correlation_id',
  'schema_version',
  'envelope_json',
  'json_payload',
  'inexact_number_paths',
  'payload_shape',
]);
