import type { CommitContext, PreparedCommit } from './commit.ts';
import type { DataFile } from './data-file.ts';
import type { FileIO } from './file-io.ts';
import { draftSnapshot, finishSnapshot, parentManifests, writeAdded } from './snapshot.ts';
import type { Operation } from './summary.ts';
import type { Table } from './table.ts';

/** The files of an upsert. */
export interface RowDelta {
  readonly dataFiles: readonly DataFile[];
  /** Position deletes in files of the table that the commit was planned on. */
  readonly deleteFiles: readonly DataFile[];
}

/** Adds rows and deletes others in one snapshot: an upsert. Creates or changes the table as `prepareAppend` does. */
export async function prepareRowDelta(
  io: FileIO,
  table: Table,
  delta: RowDelta,
  ctx: CommitContext,
): Promise<PreparedCommit> {
  const draft = draftSnapshot(table, ctx);
  const added = [...delta.dataFiles, ...delta.deleteFiles];
  const manifests = [...(await writeAdded(io, draft, added)), ...(await parentManifests(io, draft))];
  return finishSnapshot(io, draft, operationOf(delta), manifests, { added, removed: [] });
}

function operationOf(delta: RowDelta): Operation {
  if (delta.deleteFiles.length === 0) return 'append';
  return delta.dataFiles.length === 0 ? 'delete' : 'overwrite';
}
