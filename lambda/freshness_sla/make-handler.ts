import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { z } from 'zod';
import { tellAlerts } from '../../src/aws/control/notify-alerts.ts';
import type { ClientSettings } from '../../src/aws/deployment/open-deployment.ts';
import { measureAwsFreshness } from '../../src/aws/figures/freshness.ts';
import type { TopicFreshness } from '../../src/pipeline/figures/freshness.ts';
import { freshnessVerdict } from '../../src/quality/alerts/verdicts.ts';
import { type Environment, openService, type Service, serve, topicMetrics } from '../service.ts';

const EVENT = z.object({ topic: z.string().min(1).optional() });

/** Judges every topic's three clocks, or one topic's; emits the states and tells people what is new to them. */
export function makeHandler(environment: Environment, contracts: string, settings: ClientSettings = {}) {
  const service = openService(environment, contracts, settings);
  const { deployment, queues, logger } = service;
  return (event: unknown) =>
    serve(service, async () => {
      const { topic } = EVENT.parse(event ?? {});
      const all: TopicFreshness[] = [];
      for (const name of topic === undefined ? await deployment.topicNames() : [topic])
        all.push(await measureAwsFreshness(deployment, queues, name));
      for (const freshness of all) measure(service, freshness);
      await tellAlerts(
        deployment,
        all.map((freshness) => freshnessVerdict(freshness.topic, freshness, 'aws')),
      );
      const topics = all.map(({ topic: name, state, reason }) => ({ topic: name, state, reason }));
      logger.info('judged', { topics });
      return { topics };
    });
}

/** Every time, healthy or not: an alarm takes silence for trouble. */
function measure(service: Service, { topic, state }: TopicFreshness): void {
  const late = state === 'PIPELINE_LATE' ? 1 : 0;
  const unknown = state === 'UNKNOWN' ? 1 : 0;
  topicMetrics(service, topic).addMetric('PipelineLate', MetricUnit.Count, late);
  topicMetrics(service, topic).addMetric('FreshnessUnknown', MetricUnit.Count, unknown);
}
