import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Micros } from '../../base/time.ts';
import { awsError } from '../../errors/aws-error.ts';
import type { LeanOpsError } from '../../errors/error.ts';
import type { StateStore } from '../../state/port.ts';
import {
  buryMessages,
  type DeadLetterAccess,
  type DyingMessage,
  NOTICE_ATTRIBUTE,
} from './dead-letter-sink.ts';
import { queueMessage, topicOfQueue } from './queue-message.ts';

/** Longer than a drain takes, so a drain sees each message once. Messages that are left are visible again soon after it. */
const HIDDEN_SECONDS = 60;
const MESSAGES_PER_CALL = 10;

export interface DrainAccess extends DeadLetterAccess {
  readonly store: DeadLetterAccess['store'] & Pick<StateStore, 'deadLetter'>;
  readonly prefix: string;
  /** Seconds for which a message that was read stays invisible. */
  readonly hiddenSeconds?: number;
}

/** What a drain found in the central queue, in messages. */
export interface DrainOutcome {
  /** Messages that SQS moved there, and that are dead letters with context now. */
  readonly drained: number;
  /** Notices that were removed because their dead letter is no longer open. */
  readonly settled: number;
  /** Notices of open dead letters. They stay in the queue for people and alarms. */
  readonly open: number;
  /** Other messages: neither notices of Lean-Ops nor from its queues. They stay in the queue for people. */
  readonly foreign: number;
  readonly failures: readonly LeanOpsError[];
}

/**
 * Makes dead letters of the messages that SQS itself moved to the central queue, and removes notices of dead letters that
 * are closed. A message is deleted only when its fate is durable. Runs until the queue shows nothing new or time is up; the
 * next drain does the rest. Throws AWS_UNAVAILABLE, AWS_REFUSED; failures of single messages are in the outcome.
 */
export async function drain(
  access: DrainAccess,
  now: Micros,
  isTimeUp: () => boolean,
): Promise<DrainOutcome> {
  const outcome = { drained: 0, settled: 0, open: 0, foreign: 0, failures: [] as LeanOpsError[] };
  const seen = new Set<string>();
  while (!isTimeUp()) {
    const messages = (await receiveMessages(access)).filter(({ MessageId = '' }) => !seen.has(MessageId));
    if (messages.length === 0) return outcome;
    for (const { MessageId = '' } of messages) seen.add(MessageId);
    const { notices, strays, foreign } = sorted(access, messages);
    const settled = await settledNotices(access, notices);
    outcome.settled += settled.length;
    outcome.open += notices.length - settled.length;
    outcome.foreign += foreign;
    const done = [...settled];
    for (const [topic, ofTopic] of Map.groupBy(strays, (stray) => stray.topic)) {
      const unburied = await buryMessages(
        access,
        topic,
        ofTopic.map(({ dying }) => dying),
        now,
      );
      outcome.failures.push(...unburied.values());
      const buried = ofTopic.filter(({ dying }) => !unburied.has(dying.message.messageId));
      outcome.drained += buried.length;
      done.push(...buried.map(({ message }) => message));
    }
    await remove(access, done);
  }
  return outcome;
}

async function receiveMessages({
  sqs,
  dlqUrl,
  hiddenSeconds = HIDDEN_SECONDS,
}: DrainAccess): Promise<readonly Message[]> {
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

function sorted({ prefix }: DrainAccess, messages: readonly Message[]) {
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

/** SQS keeps a message's id and times when it moves the message, so the reception stays the same. */
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
    reason: `SQS gave up after ${message.receiveCount - 1} receptions`,
    offset: null,
    ids: { messageId: null, correlationId: null },
    body: Buffer.from(Body),
  };
}

async function settledNotices(
  { store }: DrainAccess,
  notices: readonly Notice[],
): Promise<readonly Message[]> {
  const settled: Message[] = [];
  for (const { message, deadLetterId } of notices) {
    const found = await store.deadLetter(deadLetterId);
    if (found !== null && found.letter.status !== 'open') settled.push(message);
  }
  return settled;
}

/** A message that could not be deleted is received again. It becomes the same dead letter. */
async function remove({ sqs, dlqUrl }: DrainAccess, messages: readonly Message[]): Promise<void> {
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
