import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Micros } from '../../base/time.ts';
import { awsError } from '../../errors/aws-error.ts';
import type { LeanOpsError } from '../../errors/error.ts';
import type { StateStore } from '../../state/port.ts';
import {
  buryMessages,
  type DeadLetterPlace,
  type DyingMessage,
  NOTICE_ATTRIBUTE,
} from './dead-letter-sink.ts';
import { queueMessage, topicOfQueue } from './queue-message.ts';

/** Longer than a drain takes, so that each message is seen once in it; what is left shows again soon. */
const HIDDEN_SECONDS = 60;
const MESSAGES_PER_CALL = 10;

export interface DrainPlace extends DeadLetterPlace {
  readonly store: DeadLetterPlace['store'] & Pick<StateStore, 'deadLetter'>;
  readonly prefix: string;
  /** Seconds for which a message that was looked at is not seen again. */
  readonly hiddenSeconds?: number;
}

/** What a drain found in the central queue, in messages. */
export interface DrainOutcome {
  /** Moved there by SQS, and now dead letters with context. */
  readonly drained: number;
  /** Notices taken out, for their dead letter is no longer open. */
  readonly settled: number;
  /** Notices of open dead letters: left for people and alarms. */
  readonly open: number;
  /** Neither ours nor of one of our queues: left for people. */
  readonly foreign: number;
  readonly failures: readonly LeanOpsError[];
}

/**
 * Gives what SQS itself moved to the central queue the form of a dead letter, and takes out notices that are settled.
 * A message is deleted only when its fate is durable. Goes on until the queue shows nothing more or time is up; what
 * is left is for the next drain.
 */
export async function drain(
  deployment: DrainPlace,
  now: Micros,
  isTimeUp: () => boolean,
): Promise<DrainOutcome> {
  const outcome = { drained: 0, settled: 0, open: 0, foreign: 0, failures: [] as LeanOpsError[] };
  const seen = new Set<string>();
  while (!isTimeUp()) {
    const messages = (await receiveMessages(deployment)).filter(({ MessageId = '' }) => !seen.has(MessageId));
    if (messages.length === 0) return outcome;
    for (const { MessageId = '' } of messages) seen.add(MessageId);
    const { notices, strays, foreign } = sorted(deployment, messages);
    const settled = await settledNotices(deployment, notices);
    outcome.settled += settled.length;
    outcome.open += notices.length - settled.length;
    outcome.foreign += foreign;
    const done = [...settled];
    for (const [topic, ofTopic] of Map.groupBy(strays, (stray) => stray.topic)) {
      const unburied = await buryMessages(
        deployment,
        topic,
        ofTopic.map(({ dying }) => dying),
        now,
      );
      outcome.failures.push(...unburied.values());
      const buried = ofTopic.filter(({ dying }) => !unburied.has(dying.message.messageId));
      outcome.drained += buried.length;
      done.push(...buried.map(({ message }) => message));
    }
    await remove(deployment, done);
  }
  return outcome;
}

async function receiveMessages({
  sqs,
  dlqUrl,
  hiddenSeconds = HIDDEN_SECONDS,
}: DrainPlace): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: dlqUrl,
    MaxNumberOfMessages: MESSAGES_PER_CALL,
    VisibilityTimeout: hiddenSeconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  const { Messages } = await asking('reading the central queue', sqs.send(command));
  return Messages ?? [];
}

interface Notice {
  readonly message: Message;
  readonly deadLetterId: string;
}

interface Stray {
  readonly message: Message;
  readonly topic: string;
  readonly dying: DyingMessage;
}

function sorted({ prefix }: DrainPlace, messages: readonly Message[]) {
  const notices: Notice[] = [];
  const strays: Stray[] = [];
  let foreign = 0;
  for (const message of messages) {
    const deadLetterId = message.MessageAttributes?.[NOTICE_ATTRIBUTE]?.StringValue;
    const topic = topicOfQueue(prefix, message.Attributes?.DeadLetterQueueSourceArn ?? '');
    if (deadLetterId !== undefined) notices.push({ message, deadLetterId });
    else if (topic !== null) strays.push({ message, topic, dying: dyingOf(message) });
    else foreign += 1;
  }
  return { notices, strays, foreign };
}

/** SQS keeps a message's id and times when it moves it, so the reception stays the same one. */
function dyingOf({
  MessageId = '',
  Body = '',
  Attributes = {},
  MessageAttributes = {},
}: Message): DyingMessage {
  const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => {
    return [name, { stringValue: StringValue }] as const;
  });
  const message = queueMessage({
    messageId: MessageId,
    body: Body,
    sentAt: Attributes.SentTimestamp ?? '0',
    receiveCount: Attributes.ApproximateReceiveCount ?? '1',
    attributes: Object.fromEntries(attributes),
  });
  return {
    message,
    code: 'RETRIES_EXHAUSTED',
    reason: `the queue gave up after ${message.receiveCount - 1} receptions`,
    offset: null,
    ids: { messageId: null, correlationId: null },
    body: Buffer.from(Body),
  };
}

async function settledNotices(
  { store }: DrainPlace,
  notices: readonly Notice[],
): Promise<readonly Message[]> {
  const settled: Message[] = [];
  for (const { message, deadLetterId } of notices) {
    const found = await store.deadLetter(deadLetterId);
    if (found !== null && found.letter.status !== 'open') settled.push(message);
  }
  return settled;
}

/** A message that could not be deleted comes again; its dead letter is the same one then. */
async function remove({ sqs, dlqUrl }: DrainPlace, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await asking(
    'deleting from the central queue',
    sqs.send(new DeleteMessageBatchCommand({ QueueUrl: dlqUrl, Entries })),
  );
}

async function asking<T>(operation: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw awsError(operation, error);
  }
}
