import { newSnapshotId } from '../../../base/snapshot-id.ts';
import type { WrittenFile } from '../../../duckdb/parquet/write-data-files.ts';
import type { PreparedCommit } from '../../../iceberg/commit.ts';
import { type BatchFiles, prepareFindings, prepareRows } from '../../../pipeline/batches/prepare-commits.ts';
import type { BatchRun, OpenBatch, WrittenBatch } from './batch-run.ts';
import { summaryOf } from './snapshot-summary.ts';

/** Writes the metadata of the batch's commits; nothing is visible before their pointers are swapped. */
export async function prepareBatch(
  run: BatchRun,
  batch: OpenBatch,
  written: WrittenBatch,
): Promise<readonly PreparedCommit[]> {
  const { workspace, faults } = run;
  const { form, tables, workId } = batch;
  const summary = await summaryOf(run, batch, written);
  const ctx = { workId, now: workspace.clock(), summary, newSnapshotId };
  const files = dataFiles(written);
  const rows = await prepareRows(workspace.files, form, tables, files, ctx);
  faults.hit('semantic:between-tables');
  return [rows, ...(await prepareFindings(workspace.files, form, tables, files, ctx))];
}

function dataFiles({ rows, removals, errors, errorRemovals, drift }: WrittenBatch): BatchFiles {
  const files = (written: readonly WrittenFile[]) => written.map(({ file }) => file);
  return {
    rows: files(rows),
    removals: files(removals),
    errors: files(errors),
    errorRemovals: files(errorRemovals),
    drift: files(drift),
  };
}
