import { type CommitContext, type PreparedCommit, prepareTable } from './commit.ts';
import type { FileIO } from './file-io.ts';
import { currentSnapshot, type TableMetadata } from './metadata.ts';
import type { Table } from './table.ts';

/** The metadata with the current snapshot only: older ones can no longer be read. */
export function withoutHistory(metadata: TableMetadata): TableMetadata {
  const current = currentSnapshot(metadata);
  const main = metadata.refs.main;
  if (current === null || main === undefined) return metadata;
  const id = current['snapshot-id'];
  return {
    ...metadata,
    snapshots: [current],
    'snapshot-log': metadata['snapshot-log'].filter((entry) => entry['snapshot-id'] === id),
    refs: { main },
  };
}

/** Writes the table without its older snapshots. The caller removes their files. */
export function prepareForgetHistory(io: FileIO, table: Table, ctx: CommitContext): Promise<PreparedCommit> {
  return prepareTable(io, { ...table, metadata: withoutHistory(table.metadata) }, ctx);
}
