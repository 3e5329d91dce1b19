import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type OnTheWay, onTheWay } from '../../aws/on-the-way.ts';
import { queueFigures } from '../../aws/queue-figures.ts';
import type { Figure } from '../../quality/balance.ts';
import type { Call, Context, Json, Outcome } from '../command.ts';
import { findEverything, readQuestion } from '../commands/explain.ts';
import { explanationOutcome } from '../explanation-view.ts';
import { EXIT } from '../output.ts';
import { counted } from '../words.ts';
import { readGuard } from './read-guard.ts';
import { withReadHome } from './read-home.ts';
import type { OpenedTarget } from './target.ts';

/** As in the embedded home, from the same facts; beside them what has not reached RAW yet. */
export async function explain(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const { home, settings } = target;
  const asked = await readQuestion(call, home);
  const found = await withReadHome(
    target,
    context,
    readGuard(call, context, 'explaining'),
    (readable, engine) => findEverything(readable, engine, asked),
  );
  const queues = queueFigures(new SQSClient(settings), new CloudWatchClient(settings), home.config.prefix);
  const messageId = asked.question.kind === 'message' ? asked.question.text : null;
  const ways = await onTheWay(home, queues, asked.topics, messageId);
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
