import type { CommitContext, PreparedCommit } from './commit.ts';
import type { DataFile } from './data-file.ts';
import type { FileIO } from './file-io.ts';
import { draftSnapshot, finishSnapshot, parentManifests, writeAdded } from './snapshot.ts';
import type { Table } from './table.ts';

/** Adds data files. The table may be pending: creating or evolving it and the append are then one commit. */
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
