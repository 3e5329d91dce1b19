import type { FileIO } from './file-io.ts';
import { readManifest } from './manifest.ts';
import { readManifestList } from './manifest-list.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';

/** A file that at least one snapshot of a table needs. */
export interface ReachableFile {
  readonly path: string;
  readonly kind: 'metadata' | 'data' | 'deletes';
  /** Bytes; null: no metadata gives the size. */
  readonly size: bigint | null;
}

/** Every file that the metadata's snapshots need, by path, without the metadata file itself. */
export async function reachableFiles(
  io: FileIO,
  metadata: TableMetadata,
): Promise<ReadonlyMap<string, ReachableFile>> {
  return filesOf(io, metadata, metadata.snapshots, new Map());
}

/** Files that only snapshots outside `kept` need: nothing names them after those snapshots expire. */
export async function filesOnlyOf(
  io: FileIO,
  metadata: TableMetadata,
  kept: readonly Snapshot[],
): Promise<readonly ReachableFile[]> {
  const needed = await filesOf(io, metadata, kept, new Map());
  const ids = new Set(kept.map((snapshot) => snapshot['snapshot-id']));
  const gone = metadata.snapshots.filter((snapshot) => !ids.has(snapshot['snapshot-id']));
  const found = await filesOf(io, metadata, gone, needed);
  return [...found.values()].filter(({ path }) => !needed.has(path));
}

/** Manifests in `known` are not read again, because their files are known too: snapshots share most manifests. */
async function filesOf(
  io: FileIO,
  metadata: TableMetadata,
  snapshots: readonly Snapshot[],
  known: ReadonlyMap<string, ReachableFile>,
): Promise<ReadonlyMap<string, ReachableFile>> {
  const files = new Map<string, ReachableFile>();
  const add = (path: string, kind: ReachableFile['kind'], size: bigint | null) =>
    files.set(path, { path, kind, size });
  for (const snapshot of snapshots) {
    add(snapshot['manifest-list'], 'metadata', null);
    for (const manifest of await readManifestList(io, snapshot)) {
      if (files.has(manifest.path) || known.has(manifest.path)) continue;
      add(manifest.path, 'metadata', manifest.length);
      for (const { status, file } of await readManifest(io, metadata, manifest)) {
        const kind = file.content === 'data' ? 'data' : 'deletes';
        if (status !== 'deleted') add(file.path, kind, file.fileSize);
      }
    }
  }
  return files;
}
