import { askedKey } from '../../duckdb/explain/asked-key.ts';
import { registeredTopic } from '../../pipeline/contracts/registered-topic.ts';
import { planOf } from '../../semantic/plan.ts';
import type { Erasure } from '../../state/erasure.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The erasures of a key in these topics. */
export async function erasuresOf(
  workspace: Workspace,
  topics: readonly string[],
  key: string,
): Promise<readonly Erasure[]> {
  const masking = await workspace.maskingKey();
  const found: Erasure[] = [];
  for (const topic of topics) {
    const erasures = await workspace.store.erasures(topic);
    const latest = await workspace.store.latestContract(topic);
    if (erasures.length === 0 || latest === null || masking === null) continue;
    const plan = planOf(registeredTopic(latest));
    // A text with another number of parts is not a key of this topic.
    if (plan.key.length > 1 && !key.startsWith('[') && key.split(' | ').length !== plan.key.length) continue;
    const { hash } = askedKey(plan, key, masking);
    found.push(...erasures.filter(({ keyHash }) => keyHash === hash));
  }
  return found;
}
