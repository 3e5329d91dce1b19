import { hasWork, nextIntent } from '../../pipeline/batches/next-intent.ts';
import { owesPurge, purgeTopic } from '../maintain/purge-history.ts';
import type { Workspace } from '../workspace/workspace.ts';
import {
  loadRaw,
  nothingNew,
  type SemanticOptions,
  type SemanticResult,
  semanticWork,
} from './semantic-work.ts';

/** Brings the topics' semantic tables up to RAW's heads, one topic after the other. Throws as `semanticWork`. */
export async function runSemantic(
  workspace: Workspace,
  topics: readonly string[],
  options: SemanticOptions,
): Promise<readonly SemanticResult[]> {
  const results: SemanticResult[] = [];
  const idle: string[] = [];
  for (const topic of topics) {
    const result = await catchUp(workspace, topic, options);
    if (result.result === 'no_new_data') idle.push(topic);
    results.push(result);
  }
  if (idle.length > 0) await workspace.store.recordNothingNew(idle, workspace.clock());
  return results;
}

async function catchUp(
  workspace: Workspace,
  topic: string,
  options: SemanticOptions,
): Promise<SemanticResult> {
  const raw = await loadRaw(workspace, topic);
  const work = hasWork(await workspace.store.checkpoint(topic), raw) || (await owesPurge(workspace, topic));
  if (!work) return nothingNew(topic);
  return semanticWork(workspace, topic, options, async (progress, lease) => {
    await purgeTopic(workspace, lease, topic, options.faults);
    for (;;) {
      const head = await loadRaw(workspace, topic);
      const checkpoint = await workspace.store.checkpoint(topic);
      const batch = head === null ? null : await nextIntent(workspace, lease, checkpoint, head);
      if (head === null || batch === null) return;
      await progress.run(batch, head);
    }
  });
}
