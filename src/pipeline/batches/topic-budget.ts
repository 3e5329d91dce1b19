import type { Budget } from '../../quality/budget.ts';
import type { LeaseScope } from '../../state/lease.ts';
import type { BudgetSettings } from '../settings.ts';

/** What may go wrong in a topic's units (dead letters) or batches (rejected rows) before it stops for a person. */
export function topicBudget(budgets: BudgetSettings, topic: string, work: LeaseScope['work']): Budget {
  const { minimum, deadLetterShare, rejectedShare } = { ...budgets.defaults, ...budgets.topics[topic] };
  return { minimum, share: work === 'ingest' ? deadLetterShare : rejectedShare };
}
