import type { ColumnType, PartitionTransform, Topic } from '../contract/model.ts';

/** A column of a derived table, before the table format gives it an id. */
export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  readonly doc: string | null;
}

export interface TablePartition {
  readonly column: string;
  readonly transform: PartitionTransform;
}

export interface DerivedTable {
  readonly columns: readonly TableColumn[];
  readonly partitions: readonly TablePartition[];
}

export const SEMANTIC_NAMESPACE = 'semantic';

/** Names of a topic's tables in the semantic namespace. */
export const errorsTableName = (topic: string): string => `${topic}_errors`;
/** The name of a topic's drift table. */
export const driftTableName = (topic: string): string => `${topic}_drift`;

const STRING: ColumnType = { kind: 'string' };
const LONG: ColumnType = { kind: 'long' };
const INT: ColumnType = { kind: 'int' };
const TIMESTAMP: ColumnType = { kind: 'timestamptz' };

const required = (name: string, type: ColumnType, doc: string): TableColumn => ({
  name,
  type,
  required: true,
  doc,
});
const optional = (name: string, type: ColumnType, doc: string): TableColumn => ({
  name,
  type,
  required: false,
  doc,
});

/** Every semantic table has them after the contract's columns. */
const SYSTEM_COLUMNS: readonly TableColumn[] = Object.freeze([
  required('_message_id', STRING, 'Id of the message that the row shows'),
  required('_publish_time', TIMESTAMP, 'When that message was published'),
  required('_idempotency_key', STRING, 'Idempotency key of that message'),
  required('_batch_id', STRING, 'Semantic batch that wrote the row'),
  required('_contract_version', INT, 'Registered contract version of that batch'),
]);

/** Columns of a contract are optional in the table, so that a later version can drop one. */
export function semanticTable(topic: Topic): DerivedTable {
  const columns = topic.columns.map(({ name, type, description }) => ({
    name,
    type,
    required: false,
    doc: description,
  }));
  const partitions = topic.columns.flatMap((column) =>
    column.partition === null ? [] : [{ column: column.name, transform: column.partition }],
  );
  return { columns: [...columns, ...SYSTEM_COLUMNS], partitions };
}

/** One row per rejected message. */
export const ERRORS_TABLE: DerivedTable = Object.freeze({
  columns: [
    required('error_id', STRING, 'SHA-256 over what was found, so that the same finding is kept once'),
    required('message_id', STRING, 'Id of the rejected message'),
    required('publish_time', TIMESTAMP, 'When it was published'),
    required('idempotency_key', STRING, 'Its idempotency key'),
    optional('key', STRING, 'Its business key, masked, as far as it has one'),
    required('codes', STRING, 'Error codes, joined by ", "'),
    required('paths', STRING, 'Field paths, in the order of the codes'),
    required('rules', STRING, 'Broken rules, in the order of the codes'),
    required('masked_values', STRING, 'JSON object: field path to masked value'),
    required('contract_version', INT, 'Registered contract version that it broke'),
    required('batch_id', STRING, 'Semantic batch that rejected it'),
    required('rejected_at', TIMESTAMP, 'When that batch began'),
    optional('redriven_batch_id', STRING, 'Batch that took it after a contract fix'),
  ],
  partitions: [],
});

/** One row per (batch, path, kind). */
export const DRIFT_TABLE: DerivedTable = Object.freeze({
  columns: [
    required('batch_id', STRING, 'Semantic batch that found it'),
    required('path', STRING, 'Place in the payload; a member whose name is no identifier shows as {key}'),
    required(
      'kind',
      STRING,
      'UNKNOWN_PATH, MISSING_PATH, UNKNOWN_SCHEMA_VERSION, OVERFLOW, TOO_MANY_SHAPES or the error code of the broken gate',
    ),
    required('row_count', LONG, 'RAW rows of the batch that show it'),
    optional('sample', STRING, 'Shape of one value: type, length, character classes'),
    required('contract_version', INT, 'Registered contract version of the batch'),
    required('detected_at', TIMESTAMP, 'When the batch began'),
    optional('generation', INT, 'Generation of the semantic table that the batch worked on'),
  ],
  partitions: [],
});
