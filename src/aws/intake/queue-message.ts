import { MICROS_PER_MS, type Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';

/** Message attributes with which a dead letter's body goes back to its queue. */
export const REPLAY_ATTRIBUTE = 'lean_ops_replay';
export const FIRST_RECEIVED_ATTRIBUTE = 'lean_ops_first_received';

const DEAD_LETTER_ID = /^[0-9a-f]{32}$/;
const MICROS = /^\d{1,18}$/;

/** One message of a topic's queue. */
export interface QueueMessage {
  /** By which SQS is told what failed. */
  readonly messageId: string;
  /** The reception id: SQS's message id, or `replay:<dead letter id>`. */
  readonly source: string;
  /** SQS hands out text: the producer's bytes were UTF-8, or SQS refused them. */
  readonly body: string;
  /** When the queue got it; for a replay, when the queue got the original. */
  readonly receivedAt: Micros;
  /** From 1. */
  readonly receiveCount: number;
}

/** What SQS says of a message, in whichever of its two spellings it came. */
export interface SqsMessage {
  readonly messageId: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly sentAt: string;
  readonly receiveCount: string;
  /** Values of the producer's attributes by name. */
  readonly attributes: Readonly<Record<string, { readonly stringValue?: string | undefined } | undefined>>;
}

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

/** Of a queue named as `topicQueueName` has it, by its ARN; null for any other. */
export function topicOfQueue(prefix: string, queueArn: string): string | null {
  const name = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const isTopics = name.startsWith(`${prefix}-`) && name.endsWith('-queue');
  return isTopics ? name.slice(prefix.length + 1, -'-queue'.length) : null;
}

export function topicQueueName(prefix: string, topic: string): string {
  invariant(!topic.includes('-'), 'a topic has no hyphen');
  return `${prefix}-${topic}-queue`;
}
