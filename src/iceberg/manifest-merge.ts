import type { FileIO } from './file-io.ts';
import { type ManifestEntry, readManifest, writeManifest } from './manifest.ts';
import type { ManifestFile } from './manifest-list.ts';
import type { TableMetadata } from './metadata.ts';

/** Iceberg's defaults for commit.manifest.target-size-bytes and commit.manifest.min-count-to-merge. */
const TARGET_BYTES = 8n * 1024n * 1024n;
const MIN_COUNT = 100;

/** The commit that merges manifests. */
export interface MergeContext {
  readonly snapshotId: bigint;
  readonly sequenceNumber: bigint;
  /** A new location for a manifest of this commit. */
  readonly nextLocation: () => string;
}

/**
 * Limits the number of manifests, so that the thousandth commit costs as much as the tenth. It works as Iceberg's own
 * merge: manifests of one spec and content are packed into bins of 8 MiB. A full bin is merged, and the newest bin once
 * it holds `minCount` manifests.
 */
export async function mergeManifests(
  io: FileIO,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  merge: MergeContext,
  minCount: number = MIN_COUNT,
): Promise<readonly ManifestFile[]> {
  const groups = Map.groupBy(manifests, (manifest) => `${manifest.content}:${manifest.specId}`);
  const merged: ManifestFile[] = [];
  for (const group of groups.values()) {
    for (const bin of packFromOldest(group))
      merged.push(...(await mergeBin(io, metadata, bin, bin[0] === group[0] ? minCount : 2, merge)));
  }
  return merged;
}

/** Manifests are newest first. Bins are filled from the oldest, so that full bins do not change. */
function packFromOldest(manifests: readonly ManifestFile[]): readonly (readonly ManifestFile[])[] {
  const bins: ManifestFile[][] = [];
  let bin: ManifestFile[] = [];
  let bytes = 0n;
  for (const manifest of manifests.toReversed()) {
    if (bin.length > 0 && bytes + manifest.length > TARGET_BYTES) {
      bins.unshift(bin);
      bin = [];
      bytes = 0n;
    }
    bin.unshift(manifest);
    bytes += manifest.length;
  }
  if (bin.length > 0) bins.unshift(bin);
  return bins;
}

async function mergeBin(
  io: FileIO,
  metadata: TableMetadata,
  bin: readonly ManifestFile[],
  minCount: number,
  merge: MergeContext,
): Promise<readonly ManifestFile[]> {
  const [first] = bin;
  if (first === undefined || bin.length < minCount) return bin;
  const entries: ManifestEntry[] = [];
  for (const manifest of bin)
    entries.push(...carryOver(await readManifest(io, metadata, manifest), merge.snapshotId));
  const location = merge.nextLocation();
  const { snapshotId, sequenceNumber } = merge;
  const { content, specId } = first;
  return [
    await writeManifest(io, metadata, { location, content, specId, entries, snapshotId, sequenceNumber }),
  ];
}

/** Files of this commit keep their status, earlier files are existing, and files that an earlier commit deleted are left out. */
function carryOver(entries: readonly ManifestEntry[], snapshotId: bigint): readonly ManifestEntry[] {
  return entries
    .filter((entry) => entry.status !== 'deleted' || entry.snapshotId === snapshotId)
    .map((entry) =>
      entry.status === 'added' && entry.snapshotId !== snapshotId ? { ...entry, status: 'existing' } : entry,
    );
}
