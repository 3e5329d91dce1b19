import type { Catalog, TableRef } from './catalog.ts';
import type { FileIO } from './file-io.ts';
import { parseMetadata, type TableMetadata } from './metadata.ts';

/** A table that a commit is planned on. Its metadata may contain changes that are not written yet. */
export interface Table {
  readonly ref: TableRef;
  /** Location of the current metadata file; null for a table that is being created. */
  readonly metadataLocation: string | null;
  readonly metadata: TableMetadata;
}

/** Parsed metadata files of each FileIO. The files are immutable, so only memory limits the cache. */
const CACHED_FILES = 64;
const caches = new WeakMap<FileIO, Map<string, TableMetadata>>();
const TEXT = new TextDecoder();

/** null: the catalog has no such table. Throws METADATA_INVALID_FILE, TABLE_UNSUPPORTED. */
export async function loadTable(io: FileIO, catalog: Catalog, ref: TableRef): Promise<Table | null> {
  const metadataLocation = await catalog.metadataLocation(ref);
  if (metadataLocation === null) return null;
  return { ref, metadataLocation, metadata: await readMetadata(io, metadataLocation) };
}

/** Throws METADATA_INVALID_FILE, TABLE_UNSUPPORTED. */
export async function readMetadata(io: FileIO, location: string): Promise<TableMetadata> {
  const known = caches.get(io)?.get(location);
  if (known !== undefined) return known;
  const metadata = parseMetadata(TEXT.decode(await io.read(location)), location);
  cacheMetadata(io, location, metadata);
  return metadata;
}

/** Keeps metadata that was just written to `location`, so that the next reader need not parse it. */
export function cacheMetadata(io: FileIO, location: string, metadata: TableMetadata): void {
  const cache = caches.get(io) ?? new Map<string, TableMetadata>();
  caches.set(io, cache);
  if (cache.size >= CACHED_FILES) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(location, metadata);
}
