import { z } from 'zod';
import { LeanOpsError } from '../../errors/error.ts';
import type { TopicFreshness } from '../../pipeline/figures/freshness.ts';
import { freshnessVerdict } from '../../quality/alerts/verdicts.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { measureAwsFreshness } from '../figures/freshness.ts';
import type { QueueFigures } from '../figures/queue-figures.ts';
import { notifyAlerts } from './notify-alerts.ts';

const CALL = z.object({ topic: z.string().min(1).optional() });

/** The topic that the event names; null: all topics. Throws USAGE with everything that is wrong with the event. */
export function readFreshnessCall(event: unknown): string | null {
  const parsed = CALL.safeParse(event ?? {});
  if (parsed.success) return parsed.data.topic ?? null;
  throw new LeanOpsError('USAGE', {
    operation: 'reading the event',
    detail: z.prettifyError(parsed.error),
    remedy: 'Send {} for all topics, or {"topic":"NAME"} for one.',
  });
}

/**
 * Measures the topic, or all topics one after the other, and notifies people of what changed. `report` gets every result
 * before that: a notification that fails must not leave the alarms without data.
 */
export async function checkFreshness(
  deployment: AwsDeployment,
  queues: QueueFigures,
  topic: string | null,
  report: (freshness: TopicFreshness) => void,
): Promise<readonly TopicFreshness[]> {
  const all: TopicFreshness[] = [];
  for (const name of topic === null ? await deployment.topicNames() : [topic])
    all.push(await measureAwsFreshness(deployment, queues, name));
  for (const freshness of all) report(freshness);
  await notifyAlerts(
    deployment,
    all.map((freshness) => freshnessVerdict(freshness.topic, freshness, 'aws')),
  );
  return all;
}
