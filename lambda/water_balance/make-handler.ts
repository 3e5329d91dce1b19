import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { type Answer, act } from '../../src/aws/control/act.ts';
import { balanceAnswer, checkBalances, residualOf } from '../../src/aws/control/balance-call.ts';
import { readCall } from '../../src/aws/control/calls.ts';
import type { ClientSettings } from '../../src/aws/deployment/open-deployment.ts';
import { settleSeconds } from '../../src/aws/figures/settle-seconds.ts';
import { UndeliveredRecords } from '../../src/aws/intake/undelivered.ts';
import type { TopicBalance } from '../../src/quality/balance.ts';
import { type Environment, openService, type Service, serve, topicMetrics } from '../service.ts';

/** The control function: state machine, cleanup and balance. Refuses to start where the configuration is not whole. */
export function makeHandler(environment: Environment, contracts: string, settings: ClientSettings = {}) {
  const service = openService(environment, contracts, settings);
  const { deployment, queues, logger } = service;
  const undelivered = new UndeliveredRecords(deployment.files, deployment.config.firehoseErrorsBucket);
  const sources = { deployment, queues, undelivered, settleSeconds: settleSeconds(environment) };
  return (event: unknown): Promise<Answer> =>
    serve(service, async () => {
      const call = readCall(event);
      if (call.action !== 'balance') {
        const answer = await act(deployment, call);
        logger.info('done', { call: call.action, answer });
        if (answer.outcome === 'held' && call.action === 'begin')
          topicMetrics(service, call.topic).addMetric('AlreadyRunning', MetricUnit.Count, 1);
        return answer;
      }
      const topics = call.topic === undefined ? await deployment.topicNames() : [call.topic];
      const balances = await checkBalances(sources, topics);
      for (const balance of balances) measure(service, balance);
      logger.info('balanced', balanceAnswer(balances));
      return balanceAnswer(balances);
    });
}

/** Every time, healthy or not: an alarm takes silence for trouble. */
function measure(service: Service, balance: TopicBalance): void {
  const unknown = balance.status === 'unknown' ? 1 : 0;
  topicMetrics(service, balance.topic).addMetric('ResidualMessages', MetricUnit.Count, residualOf(balance));
  topicMetrics(service, balance.topic).addMetric('BalanceUnknown', MetricUnit.Count, unknown);
}
