import { limitsOf, type TopicFreshness, tableClocks } from '../engine/freshness.ts';
import { unknownBecause } from '../engine/unknown.ts';
import { type Clocks, freshnessOf, type Moment } from '../quality/freshness.ts';
import type { Micros } from '../raw/record.ts';
import type { AwsHome } from './home.ts';
import { ledgerView } from './ledger-view.ts';
import type { QueueFigures } from './queue-figures.ts';

const MICROS_PER_SECOND = 1_000_000n;

/** The three clocks of DESIGN 10 from stored facts: the tables' manifests, and the queue's own age of its oldest message. */
export async function measureAwsFreshness(
  home: AwsHome,
  queues: QueueFigures,
  topic: string,
): Promise<TopicFreshness> {
  const limits = await limitsOf(home, topic);
  const now = home.clock();
  const clocks: Clocks = {
    oldestPending: await oldestPending(queues, topic, now),
    ...(await tableClocks(home.files, await ledgerView(home, topic), now)),
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
