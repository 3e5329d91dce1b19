import { measureTableRules } from '../../../duckdb/batch/measure-table-rules.ts';
import { writeFindings, writeRows } from '../../../duckdb/batch/write-batch.ts';
import { redriveCounts } from '../../../semantic/fates.ts';
import type { BatchRun, WrittenBatch } from './batch-run.ts';
import type { DecidedBatch } from './resolve-batch.ts';

/** Writes the batch's files, and measures the table as the batch leaves it. */
export async function writeFiles(run: BatchRun, batch: DecidedBatch): Promise<WrittenBatch> {
  const { session, plan, sql, counts, choice } = batch;
  run.onPhase('writing');
  const rows = await writeRows(batch);
  run.faults.hit('semantic:between-files');
  const findings = await writeFindings(batch);
  const checks = await measureTableRules(session.engine, plan, sql);
  const posted = choice === null ? counts : redriveCounts(counts, choice.redriven);
  return { ...rows, ...findings, counts: posted, checks, redrive: choice };
}
