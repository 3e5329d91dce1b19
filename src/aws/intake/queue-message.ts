import { MICROS_PER_MS, type Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';

/** Message attributes of a dead letter's body that was sent back to its queue. */
export const REPLAY_ATTRIBUTE = 'lean_ops_replay';
export const FIRST_RECEIVED_ATTRIBUTE = 'lean_ops_first_received';

const DEAD_LETTER_ID = /^[0-9a-f]{32}$/;
const MICROS = /^\d{1,18}$/;

/** One message of a topic's queue. */
export interface QueueMessage {
  /** SQS's id of the message, with which the answer names failures. */
  readonly messageId: string;
  /** The reception id: SQS's message id, or `replay:<dead letter id>`. */
  readonly source: string;
  /** SQS has texts only: it refuses bytes that are not UTF-8. */
  readonly body: string;
  /** When the queue received it; for a replay, when the queue received the original. */
  readonly receivedAt: Micros;
  /** From 1. */
  readonly receiveCount: number;
}

/** SQS's description of a message. Lambda's events and ReceiveMessage spell it differently. */
export interface SqsMessage {
  readonly messageId: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly sentAt: string;
  readonly receiveCount: string;
  /** Values of the producer's attributes by name. */
  readonly attributes: Readonly<Record<string, { readonly stringValue?: string | undefined } | undefined>>;
}

/** One received message of SQS in the form that the intake uses. */
export function queueMessage({
  messageId,
  body,
  sentAt,
  receiveCount,
  attributes,
}: SqsMessage): QueueMessage {
  const replayOf = attributes[REPLAY_ATTRIBUTE]?.stringValue ?? '';
  const firstReceived = attributes[FIRST_RECEIVED_ATTRIBUTE]?.stringValue ?? '';
  const isReplay = DEAD_LETTER_ID.test(replayOf) && MICROS.test(firstReceived);
  return {
    messageId,
    source: isReplay ? replaySource(replayOf) : messageId,
    body,
    receivedAt: isReplay ? BigInt(firstReceived) : BigInt(sentAt) * MICROS_PER_MS,
    receiveCount: Number(receiveCount),
  };
}

function replaySource(deadLetterId: string): string {
  return `replay:${deadLetterId}`;
}

/** The topic of a queue whose name is built by `topicQueueName`, from the queue's ARN; null for any other queue. */
export function topicOfQueue(prefix: string, queueArn: string): string | null {
  const name = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const isTopics = name.startsWith(`${prefix}-`) && name.endsWith('-queue');
  return isTopics ? name.slice(prefix.length + 1, -'-queue'.length) : null;
}

/** The name of a topic's queue. */
export function topicQueueName(prefix: string, topic: string): string {
  invariant(!topic.includes('-'), 'a topic has no hyphen');
  return `${prefix}-${topic}-queue`;
}
