import { bindBatch } from '../../../duckdb/batch/bind-batch.ts';
import { chooseRedrive, type RedriveChoice } from '../../../duckdb/batch/choose-redrive.ts';
import { countFates } from '../../../duckdb/batch/count-fates.ts';
import { runSteps } from '../../../duckdb/batch/run-steps.ts';
import type { ResolvedBatch } from '../../../duckdb/batch/write-batch.ts';
import type { Session } from '../../../duckdb/engine/session.ts';
import { earlierVersions } from '../../../pipeline/contracts/contract-version.ts';
import { planOf } from '../../../semantic/plan.ts';
import { DUCKDB } from '../../../sql/duckdb.ts';
import { renderPlan } from '../../../sql/render.ts';
import { withVerifiedInput } from '../../workspace/verified-input.ts';
import type { BatchRun, OpenBatch } from './batch-run.ts';

/** A batch whose fates are decided. */
export interface DecidedBatch extends ResolvedBatch {
  /** null unless the batch processes rejected rows. */
  readonly choice: RedriveChoice | null;
}

/**
 * Binds the batch's inputs in the session, runs the plan's steps, and counts the fates. RAW's files are held against
 * their checksums meanwhile. Throws DATA_FILE_CORRUPT.
 */
export async function resolveBatch(run: BatchRun, session: Session, batch: OpenBatch): Promise<DecidedBatch> {
  const { workspace } = run;
  const { intent, contract, form, raw, tables, workId } = batch;
  const plan = planOf(contract.topic, await earlierVersions(workspace, contract));
  const sql = renderPlan(plan, DUCKDB);
  const bound = await bindBatch(workspace, session, batch, plan, raw, tables);
  const choice = await withVerifiedInput(workspace, bound.rawFiles, async () => {
    const takesRejected = form.takes === 'rejected-rows';
    const chosen = takesRejected ? await chooseRedrive(workspace, session, bound.raw, intent) : null;
    await runSteps(session, sql.steps, ({ name }) => {
      run.throwIfStopped();
      run.onPhase(name === 'staged' ? 'reading' : 'resolving');
    });
    return chosen;
  });
  const counts = await countFates(session, sql);
  return { session, form, plan, sql, bound, tables, counts, workId, choice };
}
