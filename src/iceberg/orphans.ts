import type { FileEntry, FileIO } from './file-io.ts';
import { reachableFiles } from './reachable-files.ts';
import type { Table } from './table.ts';

/**
 * Files in the table's folders that neither a kept snapshot nor the metadata log names, last changed before the moment
 * (milliseconds since 1970). What is younger may belong to a commit that is still under way.
 */
export async function findOrphans(
  io: FileIO,
  table: Table,
  changedBefore: bigint,
): Promise<readonly FileEntry[]> {
  const { location } = table.metadata;
  const listed: FileEntry[] = [];
  for (const folder of ['data', 'metadata']) listed.push(...(await io.list(`${location}/${folder}`)));
  const old = listed.filter(({ modifiedMs }) => modifiedMs < changedBefore);
  if (old.length === 0) return [];
  const named = new Set([
    ...(await reachableFiles(io, table.metadata)).keys(),
    ...textsOf(table.metadata),
    table.metadataLocation,
  ]);
  return old.filter((entry) => !named.has(entry.location));
}

/** Whatever the metadata itself names is no orphan, whoever wrote it: logs, statistics of other engines. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
