import type { PartitionSpec } from './partition.ts';
import type { Schema } from './schema.ts';

/** Table metadata, format v2, with the spec's own key names; longs are bigint; unknown keys are kept. */
export interface TableMetadata {
  readonly 'format-version': number;
  readonly 'table-uuid': string;
  /** The table's folder. */
  readonly location: string;
  readonly 'last-sequence-number': bigint;
  readonly 'last-updated-ms': bigint;
  readonly 'last-column-id': number;
  readonly schemas: readonly Schema[];
  readonly 'current-schema-id': number;
  readonly 'partition-specs': readonly PartitionSpec[];
  readonly 'default-spec-id': number;
  readonly 'last-partition-id': number;
  readonly properties: Readonly<Record<string, string>>;
  readonly 'current-snapshot-id': bigint | null;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly SnapshotLogEntry[];
  readonly 'metadata-log': readonly MetadataLogEntry[];
  readonly 'sort-orders': readonly unknown[];
  readonly 'default-sort-order-id': number;
  readonly refs: Readonly<Record<string, SnapshotRef>>;
}

export interface Snapshot {
  readonly 'snapshot-id': bigint;
  readonly 'parent-snapshot-id'?: bigint;
  readonly 'sequence-number': bigint;
  readonly 'timestamp-ms': bigint;
  readonly 'manifest-list': string;
  readonly summary: SnapshotSummary;
  readonly 'schema-id'?: number;
}

/** `operation` is append, replace, overwrite or delete; the other values are texts, numbers included. */
export type SnapshotSummary = Readonly<Record<string, string>>;

export interface SnapshotLogEntry {
  readonly 'timestamp-ms': bigint;
  readonly 'snapshot-id': bigint;
}

export interface MetadataLogEntry {
  readonly 'timestamp-ms': bigint;
  readonly 'metadata-file': string;
}

export interface SnapshotRef {
  readonly 'snapshot-id': bigint;
  readonly type: 'branch' | 'tag';
}
