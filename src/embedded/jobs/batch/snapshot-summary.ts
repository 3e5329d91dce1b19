import { purgesHistory } from '../../../pipeline/contracts/masking-change.ts';
import { batchLabels, countLabels, LIVE_ROWS, PURGE_HISTORY } from '../../../semantic/snapshot-labels.ts';
import type { BatchRun, OpenBatch, WrittenBatch } from './batch-run.ts';

/**
 * What the snapshots of a batch say about it. If older snapshots must be removed, the commit itself says so: then the
 * removal is due however this run ends.
 */
export async function summaryOf(
  { workspace, lease }: BatchRun,
  { intent, contract }: OpenBatch,
  { counts, liveRows }: WrittenBatch,
): Promise<Readonly<Record<string, string>>> {
  const checkpoint = await workspace.store.checkpoint(intent.topic);
  const purges = await purgesHistory(workspace, checkpoint, intent, contract.topic);
  return {
    ...batchLabels(intent, lease.token),
    ...countLabels(counts),
    [LIVE_ROWS]: liveRows.toString(),
    ...(purges ? { [PURGE_HISTORY]: 'true' } : {}),
  };
}
