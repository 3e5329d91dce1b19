import { relative } from 'node:path';
import type { Table } from '../../../iceberg/table.ts';
import type { PlannedBatch } from '../../../pipeline/batches/next-intent.ts';
import { topicTables } from '../../../pipeline/batches/topic-tables.ts';
import { formOf } from '../../../semantic/batch-form.ts';
import type { BatchRun, OpenBatch } from './batch-run.ts';

/** Loads or defines the tables that the batch writes, and records the work as open before a file is written. */
export async function openBatch(run: BatchRun, batch: PlannedBatch, raw: Table): Promise<OpenBatch> {
  const { workspace, lease, faults } = run;
  const form = formOf(batch.intent);
  const tables = await topicTables(workspace, batch.contract.topic, form);
  const workId = workspace.newWorkId();
  const directories = [tables.semantic, tables.errors, tables.drift].map((table) =>
    relative(workspace.paths.root, table.metadata.location),
  );
  await workspace.store.openWork(lease, { workId, kind: 'batch', directories });
  faults.hit('semantic:after-work-opened');
  return { ...batch, form, raw, tables, workId };
}
