import type { CommitContext, PreparedCommit } from './commit.ts';
import type { DataFile } from './data-file.ts';
import type { FileIO } from './file-io.ts';
import { draftSnapshot, finishSnapshot, parentManifests, writeAdded } from './snapshot.ts';
import type { Table } from './table.ts';

/**
 * Adds data files in one snapshot. If the table is new or has a changed definition, then the same commit creates or
 * changes it.
 */
export async function prepareAppend(
  io: FileIO,
  table: Table,
  files: readonly DataFile[],
  ctx: CommitContext,
): Promise<PreparedCommit> {
  const draft = draftSnapshot(table, ctx);
  const manifests = [...(await writeAdded(io, draft, files)), ...(await parentManifests(io, draft))];
  return finishSnapshot(io, draft, 'append', manifests, { added: files, removed: [] });
}
