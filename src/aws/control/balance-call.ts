import { balanceVerdict } from '../../quality/alerts/verdicts.ts';
import { overallStatus, type TopicBalance } from '../../quality/balance.ts';
import { type BalanceSources, measureAwsBalance } from '../balance.ts';
import { tellAlerts } from '../tell-alerts.ts';

/** Measures the topics one after the other, tells people what is new to them, and hands the balances over. */
export async function checkBalances(
  sources: BalanceSources,
  topics: readonly string[],
): Promise<readonly TopicBalance[]> {
  const balances: TopicBalance[] = [];
  for (const topic of topics) balances.push(await measureAwsBalance(sources, topic));
  const verdicts = balances.map(balanceVerdict).filter((verdict) => verdict !== null);
  await tellAlerts(sources.home, verdicts);
  return balances;
}

/** What the alarm looks at: by how much the books are off; 0 where they hold or may yet. */
export function residualOf({ status, equations }: TopicBalance): number {
  if (status !== 'unbalanced') return 0;
  return equations.reduce((sum, { residual }) => sum + Math.abs(residual ?? 0), 0);
}

export function balanceAnswer(balances: readonly TopicBalance[]) {
  return {
    status: overallStatus(balances),
    topics: balances.map(({ topic, generation, status, equations, namedResiduals, unknown }) => ({
      topic,
      generation,
      status,
      equations: equations.map(({ name, left, right, residual }) => ({ name, left, right, residual })),
      named_residuals: namedResiduals.map(({ name, snapshotId }) => ({ name, snapshot_id: `${snapshotId}` })),
      unknown,
    })),
  };
}
