import type { CommitContext, PreparedCommit } from './commit.ts';
import type { DataFile } from './data-file.ts';
import type { FileIO } from './file-io.ts';
import { type ManifestEntry, readManifest } from './manifest.ts';
import type { ManifestFile } from './manifest-list.ts';
import { matchDeletes } from './scan.ts';
import {
  draftSnapshot,
  finishSnapshot,
  parentManifests,
  type SnapshotDraft,
  writeAdded,
  writeEntries,
} from './snapshot.ts';
import type { Operation } from './summary.ts';
import type { Table } from './table.ts';

/** Files, data and deletes, that replace others. */
export interface FileSwap {
  /** `replace` if the table's rows stay the same, `delete` or `overwrite` if they change. */
  readonly operation: Exclude<Operation, 'append'>;
  readonly removed: readonly DataFile[];
  readonly added: readonly DataFile[];
  /** The new manifests do not mention the removed files, because partition values may be personal data. */
  readonly forgets?: true;
}

/** Maintenance merges manifests from two on. Commits of batches wait for more of them. */
const MIN_MANIFESTS = 2;

interface ReadManifest {
  readonly manifest: ManifestFile;
  readonly live: readonly ManifestEntry[];
}

/**
 * Removes files from the table and adds others in one snapshot, and packs the manifests. null: the swap no longer fits
 * the table, because a file to be removed is gone or has deletes that the swap does not include.
 */
export async function prepareFileSwap(
  io: FileIO,
  table: Table,
  swap: FileSwap,
  ctx: CommitContext,
): Promise<PreparedCommit | null> {
  const draft = draftSnapshot(table, ctx);
  const read: ReadManifest[] = [];
  for (const manifest of await parentManifests(io, draft)) {
    const entries = await readManifest(io, table.metadata, manifest);
    read.push({ manifest, live: entries.filter(({ status }) => status !== 'deleted') });
  }
  const removed = new Set(swap.removed.map(({ path }) => path));
  if (
    !fits(
      read.flatMap(({ live }) => live),
      removed,
    )
  )
    return null;
  const manifests = [
    ...(await writeAdded(io, draft, swap.added)),
    ...(await manifestsWithout(io, draft, read, removed, swap.forgets === true)),
  ];
  return finishSnapshot(
    io,
    draft,
    swap.operation,
    manifests,
    { added: swap.added, removed: swap.removed },
    MIN_MANIFESTS,
  );
}

function fits(live: readonly ManifestEntry[], removed: ReadonlySet<string>): boolean {
  const paths = new Set(live.map(({ file }) => file.path));
  if ([...removed].some((path) => !paths.has(path))) return false;
  return matchDeletes(live)
    .filter(({ file }) => removed.has(file.path))
    .every(({ deletes }) => deletes.every(({ path }) => removed.has(path)));
}

/** Manifests that lose no file do not change, unless files that older snapshots deleted must not be mentioned either. */
async function manifestsWithout(
  io: FileIO,
  draft: SnapshotDraft,
  read: readonly ReadManifest[],
  removed: ReadonlySet<string>,
  forgets: boolean,
): Promise<readonly ManifestFile[]> {
  const manifests: ManifestFile[] = [];
  for (const { manifest, live } of read) {
    const gone = live.some(({ file }) => removed.has(file.path));
    if (!gone && !forgets) {
      manifests.push(manifest);
      continue;
    }
    const kept = forgets ? live.filter(({ file }) => !removed.has(file.path)) : live;
    const entries = kept.map((entry) => without(entry, removed, draft));
    manifests.push(...(await writeEntries(io, draft, entries)));
  }
  return manifests;
}

/** Bounds are values of the data. A file may be removed so that they can no longer be read. */
function without(
  entry: ManifestEntry,
  removed: ReadonlySet<string>,
  { snapshotId }: SnapshotDraft,
): ManifestEntry {
  if (!removed.has(entry.file.path)) return { ...entry, status: 'existing' };
  return {
    ...entry,
    status: 'deleted',
    snapshotId,
    file: { ...entry.file, lowerBounds: null, upperBounds: null },
  };
}
