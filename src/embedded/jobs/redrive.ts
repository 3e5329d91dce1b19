import { bindErrors } from '../../duckdb/batch/bind-errors.ts';
import { withSession } from '../../duckdb/engine/session.ts';
import { nextIntent, redriveIntent } from '../../pipeline/batches/next-intent.ts';
import { versionToCome } from '../../pipeline/contracts/contract-verdict.ts';
import { addCounts, type BatchCounts, NO_COUNTS } from '../../semantic/fates.ts';
import type { RedriveSelection } from '../../semantic/intent.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { chosenErrorsSql } from '../../sql/redrive.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { BatchOutcome } from './batch/batch-run.ts';
import { loadRaw, type SemanticOptions, type SemanticResult, semanticWork } from './semantic-work.ts';

/** What a redrive did, in rows of the errors table. */
export interface RedriveResult {
  readonly topic: string;
  readonly result: SemanticResult['result'];
  /** null if there were no rows to process again. */
  readonly batchId: string | null;
  /** Rejected rows that match the selection and that an earlier contract version rejected. */
  readonly chosen: number;
  /** Of those, processed again. */
  readonly redriven: number;
  /** Of those, unchanged because their messages are no longer in RAW. */
  readonly unreachable: number;
  /** The counts that were posted: `rejected` is −redriven, and the new fates of the rows. Their sum is 0. */
  readonly counts: BatchCounts;
  /** Rows of the semantic table; null if no batch ran. */
  readonly rows: bigint | null;
  readonly seconds: number;
  /** For 'locked': the run that holds the topic's lease; else null. */
  readonly detail: string | null;
}

/** Rejected rows that a redrive would process, by their codes. */
export interface Redrivable {
  readonly codes: string;
  readonly rows: number;
}

/**
 * Takes rejected rows again under the newest contract version, as one batch. Rows that this version rejected are left,
 * because it would reject them again. An unfinished batch is finished first. Throws as `semanticWork`, and
 * REBUILD_REQUIRED or CONTRACT_INCOMPATIBLE if the table cannot follow the contract.
 */
export async function redrive(
  workspace: Workspace,
  topic: string,
  selection: RedriveSelection,
  options: SemanticOptions,
): Promise<RedriveResult> {
  const outcomes: BatchOutcome[] = [];
  const result = await semanticWork(workspace, topic, options, async (progress, lease) => {
    const raw = await loadRaw(workspace, topic);
    if (raw === null) return;
    const before = await workspace.store.checkpoint(topic);
    if (before.intent !== null) {
      const unfinished = await nextIntent(workspace, lease, before, raw);
      if (unfinished !== null) outcomes.push(await progress.run(unfinished, raw));
    }
    if ((await redrivable(workspace, topic, selection, options)).length === 0) return;
    const batch = await redriveIntent(workspace, lease, await workspace.store.checkpoint(topic), selection);
    if (batch !== null) outcomes.push(await progress.run(batch, raw));
  });
  const redrives = outcomes.filter((outcome) => outcome.redrive !== null);
  const redriven = redrives.reduce((total, outcome) => total + (outcome.redrive?.redriven ?? 0), 0);
  // A row that one redrive could not reach is chosen again by the next one, so only the last one counts.
  const last = redrives.at(-1)?.redrive;
  const unreachable = last ? last.chosen - last.redriven : 0;
  return {
    topic,
    result: result.result,
    batchId: redrives.length === 0 ? null : result.batchId,
    chosen: redriven + unreachable,
    redriven,
    unreachable,
    counts: redrives.map(({ counts }) => counts).reduce(addCounts, NO_COUNTS),
    rows: result.rows,
    seconds: result.seconds,
    detail: result.detail,
  };
}

/** The rows that a redrive would process, most rows first. Changes nothing and registers no contract. Throws as `redrive`. */
export async function redrivable(
  workspace: Workspace,
  topic: string,
  selection: RedriveSelection,
  options: Pick<SemanticOptions, 'engine'>,
): Promise<readonly Redrivable[]> {
  return withSession(await options.engine(), async (session) => {
    if ((await bindErrors(workspace, session, topic)) === null) return [];
    const chosen = chosenErrorsSql(selection, await versionToCome(workspace, topic), DUCKDB);
    const rows = await session.engine.rows(
      `SELECT codes, count(*) AS rows FROM (${chosen}) GROUP BY codes ORDER BY rows DESC, codes`,
    );
    return rows.map((row) => ({ codes: String(row.codes), rows: Number(row.rows) }));
  });
}
