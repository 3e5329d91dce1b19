import { tableName } from '../../iceberg/catalog.ts';
import { prepareForgetHistory, withoutHistory } from '../../iceberg/forget-history.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { currentSnapshot } from '../../iceberg/metadata.ts';
import { filesOnlyOf } from '../../iceberg/reachable-files.ts';
import type { Table } from '../../iceberg/table.ts';
import { rawTable } from '../../pipeline/batches/topic-tables.ts';
import type { LedgerChange } from '../../state/checkpoint.ts';
import { changeTable, loadRunTable, type TableRun } from '../maintain/table-run.ts';

/**
 * Expires all snapshots except the current one, also those of branches and tags, and deletes the files that only they
 * need, including older metadata files. Returns the id of the current snapshot; null for a table without snapshots.
 */
export async function dropHistory(run: TableRun): Promise<bigint | null> {
  await changeTable(run, async (table) => {
    const { metadata } = table;
    const without = { ...withoutHistory(metadata), 'metadata-log': [] };
    const head = currentSnapshot(metadata);
    const log = metadata['metadata-log'];
    if (head === null || metadata.snapshots.length + log.length === 1) return null;
    const files = [
      ...(await filesOnlyOf(localFiles, metadata, without.snapshots)).map(({ path }) => path),
      ...log.map((entry) => entry['metadata-file']),
    ];
    return {
      prepare: async (now: Table, ctx) =>
        now.metadataLocation === table.metadataLocation
          ? prepareForgetHistory(localFiles, { ...now, metadata: without }, ctx)
          : null,
      files: [],
      removedFiles: files,
      action: {
        table: tableName(run.ref),
        action: 'expire-snapshots',
        before: { snapshots: metadata.snapshots.length },
        after: { snapshots: 1 },
        removed: { files: files.length, bytes: 0 },
      },
      ledger: async () => checkpointAt(run, head['snapshot-id'], head['sequence-number']),
    };
  });
  const left = await loadRunTable(run);
  return left === null ? null : left.metadata['current-snapshot-id'];
}

/** All RAW rows are processed, so the checkpoint can move to the snapshot that stays. */
async function checkpointAt(
  run: TableRun,
  snapshotId: bigint,
  sequenceNumber: bigint,
): Promise<LedgerChange | undefined> {
  const { topic } = run.lease.scope;
  if (tableName(run.ref) !== tableName(rawTable(topic))) return undefined;
  const checkpoint = await run.workspace.store.checkpoint(topic);
  return checkpoint.snapshotId === snapshotId
    ? undefined
    : { checkpoint: { snapshotId, sequenceNumber }, gone: {} };
}
