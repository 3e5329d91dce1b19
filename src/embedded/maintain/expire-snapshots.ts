import type { Micros } from '../../base/time.ts';
import { tableName } from '../../iceberg/catalog.ts';
import type { CommitContext } from '../../iceberg/commit.ts';
import { expired, keptSnapshots, oldMetadataFiles, prepareExpiry } from '../../iceberg/expiry.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import type { MetadataLogEntry, Snapshot, TableMetadata } from '../../iceberg/metadata.ts';
import { filesOnlyOf } from '../../iceberg/reachable-files.ts';
import type { Table } from '../../iceberg/table.ts';
import { changeTable, loadRunTable, type MaintenanceAction, type TableRun } from './table-run.ts';

export interface ExpiryStyle {
  /** Snapshots older than this expire, and those before the newest `maxSnapshots`. */
  readonly olderThan: Micros;
  readonly maxSnapshots: number;
  /** Metadata files written before this are deleted. */
  readonly metadataBefore: Micros;
  /** Snapshots that must not expire; null: none of the table may expire now. */
  readonly needed: (metadata: TableMetadata) => Promise<readonly bigint[] | null>;
}

interface Expiry {
  readonly kept: readonly Snapshot[];
  readonly droppedLog: readonly MetadataLogEntry[];
  /** Paths of files that only expired snapshots need, including dropped metadata files. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** What an expiry would do now; null if there is nothing to do. */
export async function expiryDue(run: TableRun, style: ExpiryStyle): Promise<MaintenanceAction | null> {
  const table = await loadRunTable(run);
  const expiry = table === null ? null : await planOf(table, style);
  return table === null || expiry === null ? null : actionOf(run, table.metadata, expiry);
}

/** Expires old snapshots and metadata files, and deletes the files that only they need. */
export function expireSnapshots(run: TableRun, style: ExpiryStyle): Promise<MaintenanceAction | null> {
  return changeTable(run, async (table) => {
    const expiry = await planOf(table, style);
    if (expiry === null) return null;
    const { kept, droppedLog, files } = expiry;
    return {
      // The plan holds for this version of the table only.
      prepare: async (now: Table, ctx: CommitContext) =>
        now.metadataLocation === table.metadataLocation
          ? prepareExpiry(localFiles, now, kept, droppedLog, ctx)
          : null,
      files: [],
      removedFiles: files,
      action: actionOf(run, table.metadata, expiry),
    };
  });
}

async function planOf({ metadata }: Table, style: ExpiryStyle): Promise<Expiry | null> {
  const needed = await style.needed(metadata);
  const kept =
    needed === null
      ? metadata.snapshots
      : keptSnapshots(metadata, { olderThan: style.olderThan, maxSnapshots: style.maxSnapshots, needed });
  const droppedLog = oldMetadataFiles(metadata, style.metadataBefore);
  if (kept.length === metadata.snapshots.length && droppedLog.length === 0) return null;
  const sizes = new Map<string, bigint>();
  for (const { location, size } of await localFiles.list(metadata.location)) sizes.set(location, size);
  const files = [
    ...(await filesOnlyOf(localFiles, metadata, kept)).map(({ path }) => path),
    ...droppedLog.map((entry) => entry['metadata-file']),
  ];
  // A file that is already deleted frees nothing.
  const bytes = files.reduce((sum, path) => sum + Number(sizes.get(path) ?? 0n), 0);
  return { kept, droppedLog, files, bytes };
}

function actionOf(run: TableRun, metadata: TableMetadata, expiry: Expiry): MaintenanceAction {
  const after = expired(metadata, expiry.kept, expiry.droppedLog);
  const figures = (version: TableMetadata) => ({
    snapshots: version.snapshots.length,
    metadata_files: version['metadata-log'].length + 1,
  });
  return {
    table: tableName(run.ref),
    action: 'expire-snapshots',
    before: figures(metadata),
    after: figures(after),
    removed: { files: expiry.files.length, bytes: expiry.bytes },
  };
}
