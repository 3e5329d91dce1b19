import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { limitsOf, type TopicFreshness, tableClocks } from '../../pipeline/figures/freshness.ts';
import { unknownBecause } from '../../pipeline/unknown.ts';
import { type Clocks, freshnessOf, type Moment } from '../../quality/freshness.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { ledgerView } from './ledger-view.ts';
import type { QueueFigures } from './queue-figures.ts';

/**
 * The topic's three clocks, from stored facts: the age of the oldest message in the queue, and the times in the tables'
 * manifests. A source that cannot be read makes its clock unknown.
 */
export async function measureAwsFreshness(
  deployment: AwsDeployment,
  queues: QueueFigures,
  topic: string,
): Promise<TopicFreshness> {
  const limits = await limitsOf(deployment, topic);
  const now = deployment.clock();
  const clocks: Clocks = {
    oldestPending: await oldestPending(queues, topic, now),
    ...(await tableClocks(deployment.files, await ledgerView(deployment, topic), now)),
  };
  return { topic, clocks, limits: 'unknown' in limits ? null : limits, ...freshnessOf(clocks, limits) };
}

async function oldestPending(queues: QueueFigures, topic: string, now: Micros): Promise<Moment> {
  try {
    const age = await queues.oldestAge(topic, now);
    return age === null ? null : now - BigInt(Math.round(age)) * MICROS_PER_SECOND;
  } catch (error) {
    return unknownBecause(error);
  }
}
