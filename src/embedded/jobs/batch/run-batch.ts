import { withSession } from '../../../duckdb/engine/session.ts';
import type { Table } from '../../../iceberg/table.ts';
import { judgeBatch } from '../../../pipeline/batches/judge-batch.ts';
import type { PlannedBatch } from '../../../pipeline/batches/next-intent.ts';
import type { BatchOutcome, BatchRun } from './batch-run.ts';
import { commitBatch } from './commit-batch.ts';
import { openBatch } from './open-batch.ts';
import { prepareBatch } from './prepare-batch.ts';
import { resolveBatch } from './resolve-batch.ts';
import { writeFiles } from './write-files.ts';

/**
 * Runs one stored intent to its end. `raw` is the topic's RAW table. Throws TOPIC_HALTED if the batch exceeds its
 * budget, and COMMIT_CONFLICT, with nothing changed, if a table moved meanwhile.
 */
export async function runBatch(run: BatchRun, planned: PlannedBatch, raw: Table): Promise<BatchOutcome> {
  const { workspace, lease, faults } = run;
  const batch = await openBatch(run, planned, raw);
  const written = await withSession(run.engine, async (session) => {
    const decided = await resolveBatch(run, session, batch);
    const { budgets } = await workspace.config();
    await judgeBatch(workspace, budgets, lease, batch.intent, decided.counts);
    faults.hit('semantic:after-resolved');
    return writeFiles(run, decided);
  });
  faults.hit('semantic:after-files');
  run.throwIfStopped();
  run.onPhase('committing');
  const commits = await prepareBatch(run, batch, written);
  faults.hit('semantic:after-prepared');
  await commitBatch(run, batch, written, commits);
  faults.hit('semantic:after-commit');
  const { counts, checks, liveRows, redrive } = written;
  return { counts, checks, liveRows, redrive };
}
