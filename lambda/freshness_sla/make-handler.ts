import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { checkFreshness, readFreshnessCall } from '../../src/aws/control/freshness-call.ts';
import type { ClientSettings } from '../../src/aws/deployment/client-settings.ts';
import { openDeployment } from '../../src/aws/deployment/open-deployment.ts';
import { openQueueFigures } from '../../src/aws/figures/queue-figures.ts';
import type { TopicFreshness } from '../../src/pipeline/figures/freshness.ts';
import { deploymentOptions } from '../deployment-options.ts';
import { invoke } from '../invoke.ts';
import { type Runtime, topicMetrics } from '../runtime.ts';

/** Judges the three clocks of every topic, or of one, and notifies people. Throws CONFIG_INVALID. */
export function makeHandler(runtime: Runtime, settings: ClientSettings = {}) {
  const options = deploymentOptions(runtime, settings);
  const deployment = openDeployment(options);
  const queues = openQueueFigures(options);
  return (event: unknown, context: Context) =>
    invoke(runtime, event, context, async () => {
      const report = (freshness: TopicFreshness): void => measure(runtime, freshness);
      const all = await checkFreshness(deployment, queues, readFreshnessCall(event), report);
      const topics = all.map(({ topic, state, reason }) => ({ topic, state, reason }));
      runtime.logger.info('judged', { topics });
      return { topics };
    });
}

/** At every check, late or not: the alarms take missing data as a failure. */
function measure(runtime: Runtime, { topic, state }: TopicFreshness): void {
  const late = state === 'PIPELINE_LATE' ? 1 : 0;
  const unknown = state === 'UNKNOWN' ? 1 : 0;
  topicMetrics(runtime, topic).addMetric('PipelineLate', MetricUnit.Count, late);
  topicMetrics(runtime, topic).addMetric('FreshnessUnknown', MetricUnit.Count, unknown);
}
