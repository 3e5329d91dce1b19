import { KIB } from '../../base/bytes.ts';
import type { Micros } from '../../base/time.ts';
import type { Topic } from '../../contract/model.ts';
import { receive } from '../../raw/receive.ts';
import type { Reception } from '../../raw/reception.ts';
import type { Refusal } from '../../raw/record.ts';
import { RecordEncoder } from '../../raw/record-encoder.ts';
import type { QueueMessage } from './queue-message.ts';

/** A message as a Firehose record. */
export interface EncodedMessage {
  readonly message: QueueMessage;
  readonly data: Uint8Array;
}

export interface RefusedMessage {
  readonly message: QueueMessage;
  readonly refusal: Refusal;
  /** The exact original: SQS's text in UTF-8. */
  readonly body: Uint8Array;
}

export interface ScannedMessages {
  readonly records: readonly EncodedMessage[];
  readonly refused: readonly RefusedMessage[];
}

export interface ScanSettings {
  readonly now: Micros;
  /** How far a publish time may lie after the reception. */
  readonly maxFutureMicros: Micros;
  /** Memory for the records. It may be reused when they are put. */
  readonly buffer: Uint8Array;
}

/** UTF-8 takes at most three bytes per UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/** SQS does not accept such text, so it arose after SQS. UTF-8 cannot encode it. */
const NOT_TEXT: Refusal = {
  code: 'NOT_UTF8',
  message: 'the body contains half of a surrogate pair',
  offset: null,
  messageId: null,
  correlationId: null,
};

/** Reused for each message, because a record holds copies. Two views of one memory: only a Buffer can write text. */
let scratch = Buffer.alloc(64 * KIB);
let scratchBytes = new Uint8Array(scratch.buffer, scratch.byteOffset, scratch.length);

/** Scans messages of one topic's queue with the scanner that a workspace uses. No content of a message makes it throw. */
export function scanMessages(
  topic: Topic,
  messages: readonly QueueMessage[],
  { now, maxFutureMicros, buffer }: ScanSettings,
): ScannedMessages {
  const encoder = new RecordEncoder(topic.topic, now, buffer);
  const records: EncodedMessage[] = [];
  const refused: RefusedMessage[] = [];
  for (const message of messages) {
    const { source, receivedAt, body } = message;
    const reception: Reception = {
      source,
      ingestionTs: now,
      queueTime: receivedAt,
      arrivalTime: receivedAt,
      latestPublishMicros: Number(receivedAt + maxFutureMicros),
    };
    const end = write(body);
    const outcome = body.isWellFormed()
      ? receive(scratchBytes, 0, end, topic, reception)
      : ({ kind: 'refused', refusal: NOT_TEXT } as const);
    if (outcome.kind === 'record') records.push({ message, data: encoder.encode(outcome, reception) });
    else refused.push({ message, refusal: outcome.refusal, body: Buffer.from(scratch.subarray(0, end)) });
  }
  return { records, refused };
}

/** Writes the text's UTF-8 bytes to the beginning of `scratch`. Returns their number. */
function write(text: string): number {
  const most = text.length * MAX_BYTES_PER_UNIT;
  if (scratch.length < most) {
    scratch = Buffer.alloc(most);
    scratchBytes = new Uint8Array(scratch.buffer, scratch.byteOffset, scratch.length);
  }
  return scratch.write(text, 0);
}
