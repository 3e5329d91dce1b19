import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type BalanceSources, measureAwsBalance } from '../../aws/figures/balance.ts';
import { measureAwsFreshness } from '../../aws/figures/freshness.ts';
import { type QueueFigures, queueFigures } from '../../aws/figures/queue-figures.ts';
import { UndeliveredRecords } from '../../aws/intake/undelivered.ts';
import type { TopicBalance } from '../../quality/balance.ts';
import type { Call, Context, Outcome } from '../command/command.ts';
import { listArgument, switchOption } from '../command/read-call.ts';
import { balanceOutcome, recompute } from '../commands/balance.ts';
import { freshnessOutcome } from '../commands/freshness.ts';
import { readStatus, statusOutcome } from '../commands/status.ts';
import { stateTopics } from '../work/topics.ts';
import { readGuard } from './read-guard.ts';
import { withReadableDeployment } from './read-home.ts';
import type { OpenedTarget } from './target.ts';

/** As the function's own default: Firehose's buffer and retries, and CloudWatch's delay. */
const SETTLE_SECONDS = 3600;

export async function balance(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const balances = await measured(call, target);
  const topics = balances.map(({ topic }) => topic);
  const guard = readGuard(call, context, 'deriving anew');
  const deep = switchOption(call, 'deep')
    ? await withReadableDeployment(target, context, guard, (deployment, engine) =>
        recompute(deployment, engine, topics),
      )
    : [];
  return balanceOutcome(balances, deep, context.terminal.paint);
}

export async function freshness(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const { deployment } = target;
  const topics = await stateTopics(deployment, listArgument(call, 'TOPIC'));
  const queues = queuesOf(target);
  const all = await Promise.all(topics.map((topic) => measureAwsFreshness(deployment, queues, topic)));
  return freshnessOutcome(all, context.terminal.paint);
}

export async function status(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const { deployment } = target;
  const balances = await measured(call, target);
  const all = await Promise.all(balances.map((each) => readStatus(deployment, each)));
  return statusOutcome(all, { environment: deployment.config.env }, context);
}

async function measured(call: Call, target: OpenedTarget): Promise<readonly TopicBalance[]> {
  const { deployment } = target;
  const topics = await stateTopics(deployment, listArgument(call, 'TOPIC'));
  const undelivered = new UndeliveredRecords(deployment.files, deployment.config.firehoseErrorsBucket);
  const sources: BalanceSources = {
    deployment,
    queues: queuesOf(target),
    undelivered,
    settleSeconds: SETTLE_SECONDS,
  };
  return Promise.all(topics.map((topic) => measureAwsBalance(sources, topic)));
}

function queuesOf({ deployment, settings }: OpenedTarget): QueueFigures {
  return queueFigures(new SQSClient(settings), new CloudWatchClient(settings), deployment.config.prefix);
}
