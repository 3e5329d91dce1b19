import type { CommitContext, PreparedCommit } from './commit.ts';
import type { DataFile } from './data-file.ts';
import type { FileIO } from './file-io.ts';
import { type ManifestEntry, readManifest } from './manifest.ts';
import {
  draftSnapshot,
  finishSnapshot,
  parentManifests,
  type SnapshotDraft,
  writeAdded,
  writeEntries,
} from './snapshot.ts';
import type { Table } from './table.ts';

/**
 * Replaces all of the table's content in one snapshot, for a rebuild. `table` comes from `replaceDefinition`. Its uuid
 * and history stay, so readers of older snapshots can continue.
 */
export async function prepareReplace(
  io: FileIO,
  table: Table,
  files: readonly DataFile[],
  ctx: CommitContext,
): Promise<PreparedCommit> {
  const draft = draftSnapshot(table, ctx);
  const removed = await removedEntries(io, draft);
  const manifests = [...(await writeAdded(io, draft, files)), ...(await writeEntries(io, draft, removed))];
  return finishSnapshot(io, draft, 'overwrite', manifests, {
    added: files,
    removed: removed.map((entry) => entry.file),
  });
}

/** Every live file, marked as deleted by this snapshot, so that an expiry knows when it may be removed. */
async function removedEntries(io: FileIO, draft: SnapshotDraft): Promise<readonly ManifestEntry[]> {
  const removed: ManifestEntry[] = [];
  for (const manifest of await parentManifests(io, draft)) {
    const entries = await readManifest(io, draft.table.metadata, manifest);
    const live = entries.filter((entry) => entry.status !== 'deleted');
    removed.push(
      ...live.map(
        (entry) =>
          ({
            ...entry,
            file: withoutBounds(entry.file),
            status: 'deleted',
            snapshotId: draft.snapshotId,
          }) as const,
      ),
    );
  }
  return removed;
}

/** Bounds are values of the data. The new snapshot may exist to hide these values, so it must not repeat them. */
function withoutBounds(file: DataFile): DataFile {
  return { ...file, lowerBounds: null, upperBounds: null };
}
