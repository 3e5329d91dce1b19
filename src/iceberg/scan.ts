import { LeanOpsError } from '../errors/error.ts';
import type { DataFile } from './data-file.ts';
import { DELETE_PATH_ID } from './delete-schema.ts';
import type { FileIO } from './file-io.ts';
import { appendsBetween } from './history.ts';
import { type ManifestEntry, readManifest } from './manifest.ts';
import { type ManifestFile, readManifestList } from './manifest-list.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import { partitionKey } from './summary.ts';

/** One live data file with the delete files that may contain positions of it. */
export interface ScanFile {
  readonly file: DataFile;
  readonly deletes: readonly DataFile[];
}

/** The live data files at a snapshot; null: there is no snapshot, so there are none. Throws TABLE_UNSUPPORTED, METADATA_INVALID_FILE. */
export async function planScan(
  io: FileIO,
  metadata: TableMetadata,
  snapshot: Snapshot | null,
): Promise<readonly ScanFile[]> {
  if (snapshot === null) return [];
  const manifests = await readManifestList(io, snapshot);
  const data = await liveEntries(io, metadata, manifests, 'data');
  return matchDeletes([...data, ...(await liveEntries(io, metadata, manifests, 'deletes'))]);
}

/** The live data files among the entries, each with the delete files that may apply to it. Throws TABLE_UNSUPPORTED. */
export function matchDeletes(live: readonly ManifestEntry[]): readonly ScanFile[] {
  const isData = ({ file }: ManifestEntry): boolean => file.content === 'data';
  const deletes = Map.groupBy(
    live.filter((entry) => !isData(entry)),
    ({ file }) => partitionKey(file),
  );
  for (const entry of [...deletes.values()].flat()) refuseUnreadable(entry.file);
  return live.filter(isData).map((entry) => {
    const applicable = (deletes.get(partitionKey(entry.file)) ?? []).filter((candidate) =>
      applies(candidate, entry),
    );
    return { file: entry.file, deletes: applicable.map(({ file }) => file) };
  });
}

/**
 * The data files that the append snapshots in (start, end] added, oldest first. Compactions in between are skipped,
 * because they add no rows. Throws RAW_HISTORY_CHANGED if start is not an ancestor of end, or if rows were changed or
 * deleted in between.
 */
export async function appendedFiles(
  io: FileIO,
  metadata: TableMetadata,
  start: bigint | null,
  end: bigint,
): Promise<readonly DataFile[]> {
  const files: DataFile[] = [];
  for (const snapshot of appendsBetween(metadata, start, end))
    files.push(...(await addedBy(io, metadata, snapshot)));
  return files;
}

async function addedBy(
  io: FileIO,
  metadata: TableMetadata,
  snapshot: Snapshot,
): Promise<readonly DataFile[]> {
  const id = snapshot['snapshot-id'];
  const manifests = (await readManifestList(io, snapshot)).filter(
    (manifest) => manifest.addedSnapshotId === id,
  );
  const entries = await liveEntries(io, metadata, manifests, 'data');
  return entries
    .filter((entry) => entry.status === 'added' && entry.snapshotId === id)
    .map((entry) => entry.file);
}

async function liveEntries(
  io: FileIO,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  content: ManifestFile['content'],
): Promise<readonly ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  for (const manifest of manifests) {
    if (manifest.content !== content || manifest.added.files + manifest.existing.files === 0) continue;
    const all = await readManifest(io, metadata, manifest);
    entries.push(...all.filter((entry) => entry.status !== 'deleted'));
  }
  return entries;
}

/** Position deletes apply to files of their partition that are not newer than they are (spec: Scan Planning). */
function applies(candidate: ManifestEntry, data: ManifestEntry): boolean {
  if (candidate.sequenceNumber < data.sequenceNumber) return false;
  const { referencedDataFile, lowerBounds, upperBounds } = candidate.file;
  if (referencedDataFile !== null) return referencedDataFile === data.file.path;
  const lower = lowerBounds?.get(DELETE_PATH_ID);
  const upper = upperBounds?.get(DELETE_PATH_ID);
  const path = Buffer.from(data.file.path, 'utf8');
  if (lower !== undefined && Buffer.compare(path, lower) < 0) return false;
  return upper === undefined || Buffer.compare(path, upper) <= 0;
}

/** Without such a file, a scan would show deleted rows. */
function refuseUnreadable(file: DataFile): void {
  if (file.content === 'position-deletes' && file.format.toUpperCase() === 'PARQUET') return;
  throw new LeanOpsError('TABLE_UNSUPPORTED', {
    operation: 'reading a table',
    detail: `Lean-Ops cannot read ${file.content} in ${file.format}`,
    file: file.path,
  });
}
