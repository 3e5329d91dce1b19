import { MICROS_PER_MS, type Micros } from '../base/time.ts';
import type { TableSwap } from './catalog.ts';
import type { FileIO } from './file-io.ts';
import { formatMetadata, type Snapshot, type TableMetadata } from './metadata.ts';
import { cacheMetadata, type Table } from './table.ts';

/** The inputs of every commit in addition to its files. */
export interface CommitContext {
  /** Part of the name of every file that the commit writes, so that a recovery can delete them by it. */
  readonly workId: string;
  readonly now: Micros;
  /** Added to the snapshot's summary in addition to Iceberg's own totals. */
  readonly summary: Readonly<Record<string, string>>;
  /** A new positive 63-bit random number. */
  readonly newSnapshotId: () => bigint;
}

/** Everything is written and synced. The table changes only when the catalog makes the swap. */
export interface PreparedCommit {
  readonly swap: TableSwap;
  readonly metadata: TableMetadata;
  /** null: only the schema or the partition spec changed. */
  readonly snapshot: Snapshot | null;
}

/** Iceberg's default for write.metadata.previous-versions-max. */
const METADATA_LOG_ENTRIES = 100;
const VERSION_DIGITS = 5;
const VERSION = /\/(\d+)-[^/]*$/;
const TEXT = new TextEncoder();

/** Milliseconds since 1970, never before the table's last change: clocks can go back, and readers refuse such a history. */
export function commitTimeMs(table: Table, ctx: CommitContext): bigint {
  const now = ctx.now / MICROS_PER_MS;
  const last = table.metadata['last-updated-ms'];
  // biome-ignore lint/complexity/useMathMinMax: Math.max does not take bigint.
  return now > last ? now : last;
}

/** Writes a table's changed metadata without a snapshot: a new table without rows, or a changed schema or partition spec. */
export async function prepareTable(io: FileIO, table: Table, ctx: CommitContext): Promise<PreparedCommit> {
  const metadata = { ...table.metadata, 'last-updated-ms': commitTimeMs(table, ctx) };
  return writeCommit(io, table, metadata, null, ctx);
}

/** Writes a table's changed metadata with one more snapshot at the head of main. */
export async function prepareSnapshot(
  io: FileIO,
  table: Table,
  snapshot: Snapshot,
  ctx: CommitContext,
): Promise<PreparedCommit> {
  const id = snapshot['snapshot-id'];
  const time = snapshot['timestamp-ms'];
  const metadata: TableMetadata = {
    ...table.metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': time,
    'current-snapshot-id': id,
    snapshots: [...table.metadata.snapshots, snapshot],
    'snapshot-log': [...table.metadata['snapshot-log'], { 'timestamp-ms': time, 'snapshot-id': id }],
    refs: {
      ...table.metadata.refs,
      main: { ...table.metadata.refs.main, 'snapshot-id': id, type: 'branch' },
    },
  };
  return writeCommit(io, table, metadata, snapshot, ctx);
}

async function writeCommit(
  io: FileIO,
  table: Table,
  changed: TableMetadata,
  snapshot: Snapshot | null,
  ctx: CommitContext,
): Promise<PreparedCommit> {
  const location = `${metadataFolder(table)}/${metadataFileName(table, ctx)}`;
  const metadata = { ...changed, 'metadata-log': metadataLog(table) };
  await io.write(location, TEXT.encode(formatMetadata(metadata)));
  cacheMetadata(io, location, metadata);
  return { swap: { table: table.ref, expected: table.metadataLocation, next: location }, metadata, snapshot };
}

/** Without a slash at the end. */
export function metadataFolder(table: Table): string {
  return `${table.metadata.location}/metadata`;
}

/** Spark and PyIceberg derive the next version from the digits before the first dash. */
function metadataFileName(table: Table, ctx: CommitContext): string {
  const version = VERSION.exec(table.metadataLocation ?? '')?.[1];
  const next = version === undefined ? table.metadata['metadata-log'].length : Number(version) + 1;
  return `${String(next).padStart(VERSION_DIGITS, '0')}-${ctx.workId}.metadata.json`;
}

function metadataLog(table: Table): TableMetadata['metadata-log'] {
  const log = table.metadata['metadata-log'];
  if (table.metadataLocation === null) return log;
  const previous = {
    'timestamp-ms': table.metadata['last-updated-ms'],
    'metadata-file': table.metadataLocation,
  };
  return [...log, previous].slice(-METADATA_LOG_ENTRIES);
}
