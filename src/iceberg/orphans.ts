import type { FileEntry, FileIO } from './file-io.ts';
import { reachableFiles } from './reachable-files.ts';
import type { Table } from './table.ts';

/**
 * Files in the table's folders that neither a kept snapshot nor the metadata log names and that were last changed before
 * `changedBeforeMs` (milliseconds since 1970). Younger files may belong to a commit that is still under way.
 */
export async function findOrphans(
  io: FileIO,
  table: Table,
  changedBeforeMs: bigint,
): Promise<readonly FileEntry[]> {
  const { location } = table.metadata;
  const listed: FileEntry[] = [];
  for (const folder of ['data', 'metadata']) listed.push(...(await io.list(`${location}/${folder}`)));
  const old = listed.filter(({ modifiedMs }) => modifiedMs < changedBeforeMs);
  if (old.length === 0) return [];
  const named = new Set([
    ...(await reachableFiles(io, table.metadata)).keys(),
    ...textsOf(table.metadata),
    table.metadataLocation,
  ]);
  return old.filter((entry) => !named.has(entry.location));
}

/** All texts in the metadata: a file that one of them names is not an orphan, whichever engine wrote it. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
