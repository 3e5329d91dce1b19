import { invariant, LeanOpsError } from '../errors/error.ts';
import { formatLongJson, parseLongJson } from './json.ts';
import type { PartitionSpec } from './partition.ts';
import type { Schema } from './schema.ts';

/** Table metadata of format v2, with the specification's key names. Longs are bigint, and unknown keys are kept. */
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

/** `operation` is append, replace, overwrite or delete. All values are texts, numbers too. */
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

const REQUIRED_KEYS = [
  'table-uuid',
  'location',
  'last-sequence-number',
  'last-updated-ms',
  'last-column-id',
  'schemas',
  'current-schema-id',
  'partition-specs',
  'default-spec-id',
  'last-partition-id',
] as const;

/** Values of keys that the specification lets a writer leave out. */
const DEFAULTS = {
  properties: {},
  snapshots: [],
  'snapshot-log': [],
  'metadata-log': [],
  'sort-orders': [{ 'order-id': 0, fields: [] }],
  'default-sort-order-id': 0,
  refs: {},
} as const;

/** Iceberg for Java writes this id if a table has no snapshot yet. */
const NO_SNAPSHOT = -1n;

/** Throws METADATA_INVALID_FILE if the text is not table metadata, TABLE_UNSUPPORTED for format versions other than 2. */
export function parseMetadata(text: string, location: string): TableMetadata {
  const document = parseDocument(text, location);
  if (document['format-version'] !== 2) {
    throw new LeanOpsError('TABLE_UNSUPPORTED', {
      operation: 'reading table metadata',
      detail: `the format version is ${String(document['format-version'])}, not 2`,
      file: location,
    });
  }
  const missing = REQUIRED_KEYS.filter((key) => document[key] === undefined);
  if (missing.length > 0) throw invalid(location, `the file has no ${missing.join(', ')}`);
  // Known keys keep their order, so that a file is written back in the order in which it was read.
  const metadata: Record<string, unknown> = { ...document, ...DEFAULTS, ...document };
  const current = document['current-snapshot-id'];
  metadata['current-snapshot-id'] = current === NO_SNAPSHOT ? null : (current ?? null);
  return metadata as unknown as TableMetadata;
}

function parseDocument(text: string, location: string): Record<string, unknown> {
  try {
    const document = parseLongJson(text);
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>;
  } catch (cause) {
    throw invalid(location, 'the file is not JSON', cause);
  }
  throw invalid(location, 'the file is not a JSON object');
}

function invalid(location: string, detail: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('METADATA_INVALID_FILE', {
    operation: 'reading table metadata',
    detail,
    file: location,
    cause,
  });
}

const snapshotTexts = new WeakMap<Snapshot, string>();

/** The file's text. Most of it is snapshots, and they never change, so each is formatted once. */
export function formatMetadata(metadata: TableMetadata): string {
  const parts = Object.entries({
    ...metadata,
    'current-snapshot-id': metadata['current-snapshot-id'] ?? NO_SNAPSHOT,
  }).map(([key, value]) => {
    const text =
      key === 'snapshots' ? `[${metadata.snapshots.map(formatSnapshot).join(',')}]` : formatLongJson(value);
    return `${JSON.stringify(key)}:${text}`;
  });
  return `{${parts.join(',')}}`;
}

function formatSnapshot(snapshot: Snapshot): string {
  const known = snapshotTexts.get(snapshot);
  if (known !== undefined) return known;
  const text = formatLongJson(snapshot);
  snapshotTexts.set(snapshot, text);
  return text;
}

/** Throws INTERNAL if the metadata lacks its current schema. */
export function currentSchema(metadata: TableMetadata): Schema {
  return schemaById(metadata, metadata['current-schema-id']);
}

function schemaById(metadata: TableMetadata, id: number): Schema {
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === id);
  invariant(schema !== undefined, `table metadata has no schema ${id}`);
  return schema;
}

/** Throws INTERNAL if the metadata lacks its default partition spec. */
export function currentSpec(metadata: TableMetadata): PartitionSpec {
  return specById(metadata, metadata['default-spec-id']);
}

/** Throws INTERNAL if there is no such partition spec. */
export function specById(metadata: TableMetadata, id: number): PartitionSpec {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === id);
  invariant(spec !== undefined, `table metadata has no partition spec ${id}`);
  return spec;
}

/** null: the table has no snapshots. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | null {
  const id = metadata['current-snapshot-id'];
  return id === null ? null : snapshotById(metadata, id);
}

/** Throws NOT_FOUND if the snapshot never existed or has expired. */
export function snapshotById(metadata: TableMetadata, id: bigint): Snapshot {
  const snapshot = metadata.snapshots.find((candidate) => candidate['snapshot-id'] === id);
  if (snapshot !== undefined) return snapshot;
  throw new LeanOpsError('NOT_FOUND', { operation: 'reading a table', detail: `there is no snapshot ${id}` });
}
