import { prepareAppend } from '../../iceberg/append.ts';
import type { CommitContext, PreparedCommit } from '../../iceberg/commit.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { prepareReplace } from '../../iceberg/replace.ts';
import { prepareRowDelta } from '../../iceberg/row-delta.ts';
import type { BatchForm } from '../../semantic/batch-form.ts';
import type { TopicTables } from './topic-tables.ts';

/** The files that a batch wrote, by their part in its commits. */
export interface BatchFiles {
  /** New rows of the semantic table. */
  readonly rows: readonly DataFile[];
  /** Position deletes of the rows that those replace. */
  readonly removals: readonly DataFile[];
  readonly errors: readonly DataFile[];
  /** Position deletes of rows of the errors table that `errors` holds again, stamped. */
  readonly errorRemovals: readonly DataFile[];
  readonly drift: readonly DataFile[];
}

/** Prepares a batch's commit to the semantic table. Every batch makes one, even without a row. */
export function prepareRows(
  io: FileIO,
  form: BatchForm,
  { semantic }: TopicTables,
  { rows, removals }: BatchFiles,
  ctx: CommitContext,
): Promise<PreparedCommit> {
  switch (form.rowsCommit) {
    case 'replace':
      return prepareReplace(io, semantic, rows, ctx);
    case 'row-delta':
      return prepareRowDelta(io, semantic, { dataFiles: rows, deleteFiles: removals }, ctx);
  }
}

/**
 * Prepares a batch's commits to the errors and the drift table. A table without news gets no snapshot. One that does
 * not exist yet is made, so that it can be queried.
 */
export async function prepareFindings(
  io: FileIO,
  form: BatchForm,
  tables: TopicTables,
  files: BatchFiles,
  ctx: CommitContext,
): Promise<readonly PreparedCommit[]> {
  const errors = await prepareErrors(io, form, tables, files, ctx);
  const hasDrift = files.drift.length > 0 || tables.drift.metadataLocation === null;
  const drift = hasDrift ? await prepareAppend(io, tables.drift, files.drift, ctx) : null;
  return [errors, drift].filter((commit) => commit !== null);
}

async function prepareErrors(
  io: FileIO,
  form: BatchForm,
  { before, errors }: TopicTables,
  { errors: dataFiles, errorRemovals: deleteFiles }: BatchFiles,
  ctx: CommitContext,
): Promise<PreparedCommit | null> {
  if (before.errors === null) return prepareAppend(io, errors, dataFiles, ctx);
  switch (form.errorsCommit) {
    case 'replace':
      return prepareReplace(io, errors, dataFiles, ctx);
    case 'stamp':
      return dataFiles.length + deleteFiles.length > 0
        ? prepareRowDelta(io, errors, { dataFiles, deleteFiles }, ctx)
        : null;
    case 'append':
      return dataFiles.length > 0 ? prepareAppend(io, errors, dataFiles, ctx) : null;
  }
}
