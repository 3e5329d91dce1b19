import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type OnTheWay, onTheWay } from '../../aws/figures/on-the-way.ts';
import { queueFigures } from '../../aws/figures/queue-figures.ts';
import type { Figure } from '../../quality/balance.ts';
import type { Call, Context, Json, Outcome } from '../command/command.ts';
import { EXIT } from '../command/output.ts';
import { findEverything, readQuestion } from '../commands/explain.ts';
import { counted } from '../terminal/words.ts';
import { explanationOutcome } from '../views/explanation-view.ts';
import { readGuard } from './read-guard.ts';
import { withReadableDeployment } from './read-home.ts';
import type { OpenedTarget } from './target.ts';

/** As in the embedded home, from the same facts; beside them what has not reached RAW yet. */
export async function explain(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const { deployment, settings } = target;
  const asked = await readQuestion(call, deployment);
  const found = await withReadableDeployment(
    target,
    context,
    readGuard(call, context, 'explaining'),
    (readable, engine) => findEverything(readable, engine, asked),
  );
  const queues = queueFigures(
    new SQSClient(settings),
    new CloudWatchClient(settings),
    deployment.config.prefix,
  );
  const messageId = asked.question.kind === 'message' ? asked.question.text : null;
  const ways = await onTheWay(deployment, queues, asked.topics, messageId);
  // Erasures are of the embedded home.
  const { exit, json, lines } = explanationOutcome({ ...found, erased: [] });
  const records = ways.flatMap((way) => way.found);
  return {
    exit: records.length > 0 ? EXIT.ok : exit,
    json: { ...(json as object), on_the_way: ways.map(wayJson) },
    lines: [...(records.length > 0 && exit !== EXIT.ok ? [] : lines), ...ways.flatMap(wayLines)],
  };
}

function wayJson({ topic, inQueue, undelivered, found }: OnTheWay): Json {
  return {
    topic,
    in_queue: inQueue,
    undelivered,
    records: found.map(({ messageId, source, object }) => ({ message_id: messageId, source, object })),
  };
}

function wayLines({ topic, inQueue, undelivered, found }: OnTheWay): readonly string[] {
  return [
    ...found.map(
      ({ source, object }) =>
        `${topic}: Firehose could not deliver reception ${source}; it lies in ${object}, see \`redeliver\` in docs/aws.md`,
    ),
    ...figureLine(topic, inQueue, 'message', 'in the queue, which nobody can search'),
    ...figureLine(topic, undelivered, 'record', 'that Firehose could not deliver'),
  ];
}

function figureLine(topic: string, figure: Figure, noun: string, where: string): readonly string[] {
  if (typeof figure !== 'number') return [`${topic}: unknown how many ${noun}s ${where}: ${figure.unknown}`];
  return figure === 0 ? [] : [`${topic}: ${counted(figure, noun)} ${where}`];
}
