import type { Micros } from '../../base/time.ts';
import type { CheckResult } from '../../quality/rule-results.ts';
import { type BatchChecks, MAX_KEPT_CHECKS } from '../../state/check-results.ts';
import type { Place } from '../place.ts';

/** A table rule's newest result, and since when it has not passed. */
export interface StandingCheck extends CheckResult {
  /** End of the first batch since which the rule has never passed, as far as results are kept; null: it passed. */
  readonly notPassedSince: Micros | null;
}

/** The results of a topic's table rules after its last batch. */
export interface TopicChecks {
  readonly topic: string;
  /** null: the last batch measured no rules, or there was no batch. */
  readonly batchId: string | null;
  readonly checkedAt: Micros | null;
  readonly results: readonly StandingCheck[];
}

/** Reads stored results and measures nothing. */
export async function readChecks({ store }: Pick<Place, 'store'>, topic: string): Promise<TopicChecks> {
  const { batchId } = await store.checkpoint(topic);
  const history = await store.checkResults(topic, MAX_KEPT_CHECKS);
  const [latest] = history;
  // A batch under a contract without rules leaves no results, and results of earlier batches no longer apply.
  if (latest === undefined || latest.batchId !== batchId)
    return { topic, batchId: null, checkedAt: null, results: [] };
  const results = latest.results.map((result) => ({
    ...result,
    notPassedSince: notPassedSince(history, result.rule),
  }));
  return { topic, batchId, checkedAt: latest.checkedAt, results };
}

/** `history` is newest first. */
function notPassedSince(history: readonly BatchChecks[], rule: string): Micros | null {
  let since: Micros | null = null;
  for (const { checkedAt, results } of history) {
    const found = results.find((result) => result.rule === rule);
    if (found === undefined || found.passed === true) return since;
    since = checkedAt;
  }
  return since;
}
