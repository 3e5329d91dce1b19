import type { Budget } from '../../quality/budget.ts';
import type { LeaseScope } from '../../state/lease.ts';
import type { BudgetSettings } from '../settings.ts';

/** How many dead letters of a unit, or rejected rows of a batch, a topic accepts before it halts. */
export function topicBudget(budgets: BudgetSettings, topic: string, work: LeaseScope['work']): Budget {
  const { minimum, deadLetterShare, rejectedShare } = { ...budgets.defaults, ...budgets.topics[topic] };
  return { minimum, share: work === 'ingest' ? deadLetterShare : rejectedShare };
}
