import { snapshotVerdict } from '../../pipeline/alerts/snapshot-verdict.ts';
import { unknownBecause } from '../../pipeline/unknown.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import { balanceVerdict } from '../../quality/alerts/verdicts.ts';
import { overallStatus, type TopicBalance } from '../../quality/balance.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { type BalanceSources, measureAwsBalance } from '../figures/balance.ts';
import { ledgerView } from '../figures/ledger-view.ts';
import { notifyAlerts } from './notify-alerts.ts';

/** Firehose commits once a minute at most, so a table reaches this in two days without maintenance. */
const MAX_SNAPSHOTS = 3000;

/**
 * Measures the topics one after the other, and notifies people of what changed, overdue maintenance too. `report` gets
 * every result before that: a notification that fails must not leave the alarms without data.
 */
export async function checkBalances(
  sources: BalanceSources,
  topics: readonly string[],
  report: (balance: TopicBalance) => void,
): Promise<readonly TopicBalance[]> {
  const balances: TopicBalance[] = [];
  const maintenance: Verdict[] = [];
  for (const topic of topics) {
    balances.push(await measureAwsBalance(sources, topic));
    maintenance.push(...(await maintenanceVerdict(sources.deployment, topic)));
  }
  for (const balance of balances) report(balance);
  const verdicts = balances
    .map((balance) => balanceVerdict(balance, 'aws'))
    .filter((verdict) => verdict !== null);
  await notifyAlerts(sources.deployment, [...verdicts, ...maintenance]);
  return balances;
}

/** Empty if the tables cannot be read: the balance reports that. */
async function maintenanceVerdict(deployment: AwsDeployment, topic: string): Promise<readonly Verdict[]> {
  try {
    const view = await ledgerView(deployment, topic);
    return [await snapshotVerdict(deployment.files, view, MAX_SNAPSHOTS, 'aws')];
  } catch (error) {
    unknownBecause(error);
    return [];
  }
}

/** The alarm's figure: how many messages the equations are off; 0 if they hold or may still settle. */
export function residualOf({ status, equations }: TopicBalance): number {
  if (status !== 'unbalanced') return 0;
  return equations.reduce((sum, { residual }) => sum + Math.abs(residual ?? 0), 0);
}

/** The balances as the function answers them, as JSON. */
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
