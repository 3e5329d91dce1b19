import { budgetBreach } from '../../quality/budget.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import type { Intent } from '../../semantic/intent.ts';
import { isJudged } from '../../state/checkpoint.ts';
import { haltedError } from '../../state/halt.ts';
import type { Lease } from '../../state/lease.ts';
import type { Place } from '../place.ts';
import type { BudgetSettings } from '../settings.ts';
import { topicBudget } from './topic-budget.ts';

/**
 * Halts the topic if a batch rejects more of its rows than the budget allows, before any of its files is written. Its
 * rows stay in the backlog until a person resumes the topic. The budget does not apply to rebuilds and redrives,
 * because a person starts them. Throws TOPIC_HALTED.
 */
export async function judgeBatch(
  place: Pick<Place, 'store' | 'clock'>,
  budgets: BudgetSettings,
  lease: Lease,
  intent: Intent,
  counts: BatchCounts,
): Promise<void> {
  const { topic } = intent;
  if (!isJudged(await place.store.checkpoint(topic), intent.kind)) return;
  const budget = topicBudget(budgets, topic, 'semantic');
  const breach = budgetBreach(budget, counts.rejected, counts.rawRows);
  if (breach === null) return;
  const halt = { work: 'semantic', ...breach, at: place.clock() } as const;
  await place.store.haltTopic(lease, halt);
  throw haltedError(topic, halt);
}
