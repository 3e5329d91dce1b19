import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { MIB } from '../../base/bytes.ts';
import type { Micros } from '../../base/time.ts';
import type { Topic } from '../../contract/model.ts';
import type { LeanOpsError } from '../../errors/error.ts';
import type { IntakeCounts } from '../../quality/ledger.ts';
import { buryMessages, type DeadLetterAccess, type DyingMessage } from './dead-letter-sink.ts';
import { putRecords } from './put-records.ts';
import type { QueueMessage } from './queue-message.ts';
import { type RefusedMessage, scanMessages } from './scan-messages.ts';

export interface IntakeAccess extends DeadLetterAccess {
  readonly firehose: FirehoseClient;
  readonly stream: string;
  readonly maxFutureMicros: Micros;
}

/** What became of a batch's messages. A message in `failures` has no durable fate yet and stays in its queue. */
export interface IntakeOutcome {
  readonly failures: ReadonlyMap<string, LeanOpsError>;
  /** Of the messages with a fate. */
  readonly counts: IntakeCounts;
  /** Codes of the refusals, one for each refused message. */
  readonly codes: readonly string[];
}

/** A usual batch of 100 messages takes a tenth of it. Records that do not fit get memory of their own. */
const BUFFER_BYTES = MIB;
/** Buffers whose records are put. A function works on one batch at a time, so there is rarely more than one. */
const spareBuffers: Uint8Array[] = [];

/** Puts messages of one topic's queue into the stream, or makes them dead letters. Failures are in the outcome. */
export async function processBatch(
  access: IntakeAccess,
  topic: Topic,
  messages: readonly QueueMessage[],
  now: Micros,
): Promise<IntakeOutcome> {
  const buffer = spareBuffers.pop() ?? new Uint8Array(BUFFER_BYTES);
  const { maxFutureMicros } = access;
  const { records, refused } = scanMessages(topic, messages, { now, maxFutureMicros, buffer });
  const failures = new Map<string, LeanOpsError>();
  const [, unburied] = await Promise.all([
    putRecords(access.firehose, access.stream, records, failures),
    refused.length === 0 ? NOTHING : buryMessages(access, topic.topic, refused.map(dyingOf), now),
  ]);
  spareBuffers.push(buffer);
  const raw = records.filter(({ message }) => !failures.has(message.messageId)).length;
  const deadLettered = refused.filter(({ message }) => !unburied.has(message.messageId)).length;
  for (const [messageId, failure] of unburied) failures.set(messageId, failure);
  return {
    failures,
    counts: { received: raw + deadLettered, raw, deadLettered },
    codes: refused.map(({ refusal }) => refusal.code),
  };
}

const NOTHING: ReadonlyMap<string, LeanOpsError> = new Map();

function dyingOf({ message, refusal, body }: RefusedMessage): DyingMessage {
  const { code, message: reason, offset, messageId, correlationId } = refusal;
  return { message, code, reason, offset, ids: { messageId, correlationId }, body };
}
