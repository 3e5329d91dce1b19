import { invariant } from '../../errors/error.ts';
import { type BatchCounts, fatesSum } from '../../semantic/fates.ts';
import type { RenderedPlan } from '../../sql/render.ts';
import type { Session } from '../engine/session.ts';

/** Counts the fates of the batch's RAW rows once the plan's steps have run. */
export async function countFates({ engine }: Session, sql: RenderedPlan): Promise<BatchCounts> {
  const [row] = await engine.rows(sql.counts);
  invariant(row !== undefined, 'the fates are counted in one row');
  const figure = (name: string): number => Number(row[name]);
  const counts: BatchCounts = {
    rawRows: figure('raw_rows'),
    inserted: figure('inserted'),
    updated: figure('updated'),
    duplicate: figure('duplicate'),
    superseded: figure('superseded'),
    stale: figure('stale'),
    rejected: figure('rejected'),
  };
  invariant(
    fatesSum(counts) === counts.rawRows,
    `fates add up to ${fatesSum(counts)} for ${counts.rawRows} RAW rows`,
  );
  return counts;
}
