import { localFiles } from '../../iceberg/local-files.ts';
import { measureFigures } from '../../pipeline/figures/balance.ts';
import { balanceOf, type TopicBalance } from '../../quality/balance.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * Measures one topic's figures, each at its own source, and puts them into the equations. All are of one instant: the
 * store reads ledger and table versions together, and the files of a version never change. Needs no engine.
 */
export async function measureBalance(workspace: Workspace, topic: string): Promise<TopicBalance> {
  return balanceOf(await measureFigures(localFiles, await workspace.store.ledgerView(topic)));
}
