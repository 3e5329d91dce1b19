import { rebuildIntent } from '../../pipeline/batches/next-intent.ts';
import { purgeTopic } from '../maintain/purge-history.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { loadRaw, type SemanticOptions, type SemanticResult, semanticWork } from './semantic-work.ts';

/**
 * Derives the topic's semantic and errors tables again from all of RAW, as the next generation. `keepUnreachable`: rows
 * of the semantic table whose messages are no longer in RAW are carried over, marked. Without it, throws RAW_EXPIRED if
 * there are such rows. Throws as `semanticWork`.
 */
export async function rebuild(
  workspace: Workspace,
  topic: string,
  options: SemanticOptions,
  keepUnreachable = false,
): Promise<SemanticResult> {
  return semanticWork(workspace, topic, options, async (progress, lease) => {
    const raw = await loadRaw(workspace, topic);
    if (raw === null) return;
    const checkpoint = await workspace.store.checkpoint(topic);
    const batch = await rebuildIntent(workspace, lease, checkpoint, raw, keepUnreachable);
    if (batch === null) return;
    await progress.run(batch, raw);
    await purgeTopic(workspace, lease, topic, options.faults);
  });
}
