import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type OnTheWay, onTheWay } from '../../aws/on-the-way.ts';
import { queueFigures } from '../../aws/queue-figures.ts';
import type { CopyAmount } from '../../aws/s3-copies.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Figure } from '../../quality/balance.ts';
import type { Call, Context, Json, Outcome } from '../command.ts';
import { findEverything, readQuestion } from '../commands/explain.ts';
import { confirmed } from '../confirm.ts';
import { explanationOutcome } from '../explanation-view.ts';
import { EXIT } from '../output.ts';
import { bytes, counted } from '../words.ts';
import { withReadHome } from './read-home.ts';
import type { OpenedTarget } from './target.ts';

/** Read without asking: a minute or two on an office line. */
const FREE_BYTES = 1024 ** 3;

/** As in the embedded home, from the same facts; beside them what has not reached RAW yet. */
export async function explain(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const { home, settings } = target;
  const asked = await readQuestion(call, home);
  const found = await withReadHome(target, context, guard(call, context), (readable, engine) =>
    findEverything(readable, engine, asked),
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

/** Whoever asks is told what it costs before it costs much. */
function guard(call: Call, context: Context): (more: CopyAmount) => Promise<void> {
  let [before, isAllowed] = [0, false];
  return async (more) => {
    const total = before + more.bytes;
    before = total;
    if (total <= FREE_BYTES || isAllowed) return;
    const question = `Every row of RAW is needed: read ${bytes(total)} from S3?`;
    isAllowed = await confirmed(call, context, question);
    if (isAllowed) return;
    throw new LeanOpsError('INTERRUPTED', {
      operation: 'explaining',
      detail: `${bytes(total)} of RAW were not read`,
      remedy: 'Ask for one topic (--topic), or Athena by message_id.',
    });
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
