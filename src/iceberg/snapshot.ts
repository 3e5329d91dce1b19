import {
  type CommitContext,
  commitTimeMs,
  metadataFolder,
  type PreparedCommit,
  prepareSnapshot,
} from './commit.ts';
import type { DataFile } from './data-file.ts';
import type { FileIO } from './file-io.ts';
import { type ManifestEntry, syncMarker, writeManifest } from './manifest.ts';
import { type ManifestFile, readManifestList, writeManifestList } from './manifest-list.ts';
import { mergeManifests } from './manifest-merge.ts';
import { currentSnapshot, type Snapshot } from './metadata.ts';
import { type FileChanges, type Operation, summarize } from './summary.ts';
import type { Table } from './table.ts';

/** A snapshot that is being written: its numbers, and the locations of its manifests. */
export interface SnapshotDraft {
  readonly table: Table;
  readonly ctx: CommitContext;
  readonly parent: Snapshot | null;
  readonly snapshotId: bigint;
  readonly sequenceNumber: bigint;
  readonly nextLocation: () => string;
}

/** The next snapshot of the table. Writes nothing. */
export function draftSnapshot(table: Table, ctx: CommitContext): SnapshotDraft {
  const snapshotId = ctx.newSnapshotId();
  let manifests = 0;
  const nextLocation = () => {
    manifests += 1;
    return `${metadataFolder(table)}/${ctx.workId}-${snapshotId}-m${manifests}.avro`;
  };
  const sequenceNumber = table.metadata['last-sequence-number'] + 1n;
  return { table, ctx, parent: currentSnapshot(table.metadata), snapshotId, sequenceNumber, nextLocation };
}

/** The manifests of the parent that still hold live files. */
export async function parentManifests(io: FileIO, draft: SnapshotDraft): Promise<readonly ManifestFile[]> {
  if (draft.parent === null) return [];
  const manifests = await readManifestList(io, draft.parent);
  return manifests.filter((manifest) => manifest.added.files + manifest.existing.files > 0);
}

/** Writes the files as added by this snapshot: one manifest for each partition spec and content. */
export async function writeAdded(
  io: FileIO,
  draft: SnapshotDraft,
  files: readonly DataFile[],
): Promise<readonly ManifestFile[]> {
  const { snapshotId, sequenceNumber } = draft;
  const entries = files.map((file): ManifestEntry => {
    return { status: 'added', snapshotId, sequenceNumber, fileSequenceNumber: sequenceNumber, file };
  });
  return writeEntries(io, draft, entries);
}

/** As `writeAdded`, for entries of any status. */
export async function writeEntries(
  io: FileIO,
  draft: SnapshotDraft,
  entries: readonly ManifestEntry[],
): Promise<readonly ManifestFile[]> {
  const groups = Map.groupBy(
    entries,
    ({ file }) => `${file.content === 'data' ? 'data' : 'deletes'}:${file.specId}`,
  );
  const written: ManifestFile[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const manifest = {
      location: draft.nextLocation(),
      content: first.file.content === 'data' ? 'data' : 'deletes',
      specId: first.file.specId,
      entries: group,
      snapshotId: draft.snapshotId,
      sequenceNumber: draft.sequenceNumber,
    } as const;
    written.push(await writeManifest(io, draft.table.metadata, manifest));
  }
  return written;
}

/** Merges manifests, then writes the manifest list and the metadata file. `minManifests`: the `minCount` of `mergeManifests`. */
export async function finishSnapshot(
  io: FileIO,
  draft: SnapshotDraft,
  operation: Operation,
  manifests: readonly ManifestFile[],
  changes: FileChanges,
  minManifests?: number,
): Promise<PreparedCommit> {
  const { table, ctx, parent, snapshotId } = draft;
  const list = `${metadataFolder(table)}/snap-${snapshotId}-1-${ctx.workId}.avro`;
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    ...(parent === null ? {} : { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': draft.sequenceNumber,
    'timestamp-ms': commitTimeMs(table, ctx),
    'manifest-list': list,
    summary: summarize(operation, parent, changes, ctx.summary),
    'schema-id': table.metadata['current-schema-id'],
  };
  const merged = await mergeManifests(io, table.metadata, manifests, draft, minManifests);
  // This commit wrote these manifests and merged them at once, so nothing names them.
  const kept = new Set(merged.map(({ path }) => path));
  for (const { path, addedSnapshotId } of manifests)
    if (addedSnapshotId === snapshotId && !kept.has(path)) await io.remove(path);
  await writeManifestList(io, snapshot, merged, syncMarker(list));
  return prepareSnapshot(io, table, snapshot, ctx);
}
