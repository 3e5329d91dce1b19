import { userInfo } from 'node:os';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { measureAwsBalance } from '../../aws/figures/balance.ts';
import { measureAwsFreshness } from '../../aws/figures/freshness.ts';
import { onTheWay } from '../../aws/figures/on-the-way.ts';
import { queueFigures } from '../../aws/figures/queue-figures.ts';
import { readDeadLetterBody } from '../../aws/intake/replay.ts';
import { UndeliveredRecords } from '../../aws/intake/undelivered.ts';
import { whatBecameOf } from '../../pipeline/dead-letters/lineage.ts';
import type { Context } from '../command/command.ts';
import type { CommandPlace } from '../command/command-place.ts';
import { type AwsTarget, commandLineIn } from '../command/target.ts';
import { openAwsDeployment } from './aws-deployment.ts';
import { replayThroughQueue } from './queue-replay.ts';
import { withS3Tables } from './s3-tables.ts';

/** Opens the environment of `--target aws` for one command, with the user's own credentials. */
export async function withAwsPlace<T>(
  target: AwsTarget,
  context: Context,
  task: (place: CommandPlace) => Promise<T>,
): Promise<T> {
  return task(await awsPlace(target, context));
}

async function awsPlace(target: AwsTarget, context: Context): Promise<CommandPlace> {
  const opened = await openAwsDeployment(target, context);
  const { deployment, settings, settleSeconds } = opened;
  const { store, config, files, clock, topicNames } = deployment;
  const [s3, sqs] = [new S3Client(settings), new SQSClient(settings)];
  const queues = queueFigures(sqs, new CloudWatchClient(settings), config.prefix);
  const undelivered = new UndeliveredRecords(files, config.firehoseErrorsBucket);
  const balanceSources = { deployment, queues, undelivered, settleSeconds };
  const actor = (): string => userInfo().username;
  return {
    name: 'aws',
    identity: { environment: config.env },
    firstStep: 'add a contract to topics/ and deploy it with Terraform',
    store,
    clock,
    topicNames,
    actor,
    commandLine: (words) => commandLineIn(target, words),
    measureBalance: (topic) => measureAwsBalance(balanceSources, topic),
    measureFreshness: (topic) => measureAwsFreshness(deployment, queues, topic),
    withTables: (reading, task) => withS3Tables(opened, context, reading, task),
    erasures: async () => [],
    onTheWay: (topics, messageId) => onTheWay(deployment, queues, topics, messageId),
    letterBody: async (letter, body, maxBytes) =>
      (await readDeadLetterBody(s3, letter, body)).subarray(0, maxBytes),
    // A replay is a message in the queue. The dead letters show only whether it failed again; RAW shows the rest.
    becameOf: async (letter) => {
      const became = await whatBecameOf(store, letter);
      return became?.deadLetterId == null ? null : became;
    },
    withReplay: (task) =>
      task(
        replayThroughQueue(
          { s3, sqs, store, prefix: config.prefix },
          { actor, clock, signal: context.signal },
        ),
      ),
    // The balance and freshness functions publish what alarms need.
    afterChange: async () => undefined,
  };
}
