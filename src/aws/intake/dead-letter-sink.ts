import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isoTime, type Micros } from '../../base/time.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { remedyFor } from '../../errors/remedy.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { deadLetterId, type NewDeadLetter } from '../../state/dead-letter.ts';
import type { StateStore } from '../../state/port.ts';
import { s3Address } from '../deployment/s3-files.ts';
import { deadLetterFolder } from './dead-letter-objects.ts';
import type { QueueMessage } from './queue-message.ts';

/** Our notices in the central queue carry this attribute; messages that SQS moved there do not. */
export const NOTICE_ATTRIBUTE = 'lean_ops_dead_letter';
/** SendMessageBatch accepts at most this many entries. */
const MAX_NOTICES = 10;

export interface DeadLetterAccess {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly store: Pick<StateStore, 'storeDeadLetters' | 'latestContract'>;
  readonly bucket: string;
  readonly dlqUrl: string;
}

/** A message that becomes a dead letter, with the reason. */
export interface DyingMessage {
  readonly message: QueueMessage;
  readonly code: ErrorCode;
  /** Without payload text. */
  readonly reason: string;
  /** Byte offset. */
  readonly offset: number | null;
  readonly ids: { readonly messageId: string | null; readonly correlationId: string | null };
  readonly body: Uint8Array;
}

/**
 * Makes messages dead letters: first the exact body goes to S3, then the context to the state, then a notice to the central
 * queue. Each step may be repeated, so a message that failed at any step starts again at the first. A message that fails
 * does not stop the others. Returns what failed, by the id of the queue's message.
 */
export async function buryMessages(
  access: DeadLetterAccess,
  topic: string,
  dying: readonly DyingMessage[],
  now: Micros,
): Promise<ReadonlyMap<string, LeanOpsError>> {
  const failures = new Map<string, LeanOpsError>();
  const version = await contractVersion(access, topic).catch((error) =>
    awsError('reading the contract', error),
  );
  if (version instanceof LeanOpsError)
    return new Map(dying.map(({ message }) => [message.messageId, version]));
  const context = { topic, contractVersion: version, bucket: access.bucket, now };
  const letters = dying.map((each) => {
    return { messageId: each.message.messageId, letter: letterOf(each, context), body: each.body };
  });
  const written = await passing(letters, failures, (each) => writeBody(access, each.letter, each.body));
  const stored = await storeContexts(access, written, failures);
  await notify(access, stored, failures);
  return failures;
}

async function contractVersion({ store }: DeadLetterAccess, topic: string): Promise<number | null> {
  return (await store.latestContract(topic))?.version ?? null;
}

interface Letter {
  readonly messageId: string;
  readonly letter: NewDeadLetter;
  readonly body: Uint8Array;
}

function letterOf(
  { message, code, reason, offset, ids, body }: DyingMessage,
  context: { topic: string; contractVersion: number | null; bucket: string; now: Micros },
): NewDeadLetter {
  const { topic, contractVersion, bucket, now } = context;
  const id = deadLetterId(topic, message.source);
  return {
    id,
    topic,
    source: message.source,
    messageId: ids.messageId,
    correlationId: ids.correlationId,
    errorCode: code,
    errorMessage: reason,
    errorOffset: offset === null ? null : BigInt(offset),
    receiveCount: message.receiveCount,
    firstReceivedAt: message.receivedAt,
    dlqSentAt: now,
    contractVersion,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    body: { kind: 'file', pointer: bodyLocation(bucket, topic, id), size: BigInt(body.length) },
  };
}

function bodyLocation(bucket: string, topic: string, id: string): string {
  return `${deadLetterFolder(bucket, topic)}/${id}`;
}

/** The letters whose step succeeded. A failure is noted in `failures`. */
async function passing(
  letters: readonly Letter[],
  failures: Map<string, LeanOpsError>,
  step: (letter: Letter) => Promise<void>,
): Promise<readonly Letter[]> {
  const passed = await Promise.all(
    letters.map(async (each) => {
      try {
        await step(each);
        return [each];
      } catch (error) {
        failures.set(each.messageId, awsError('storing a dead letter', error));
        return [];
      }
    }),
  );
  return passed.flat();
}

/** Written again it is the same object: topic and reception decide its key and its bytes. */
async function writeBody({ s3, bucket }: DeadLetterAccess, { topic, id }: NewDeadLetter, body: Uint8Array) {
  await s3.send(
    new PutObjectCommand({
      ...s3Address(bodyLocation(bucket, topic, id)),
      Body: body,
      ContentType: 'application/octet-stream',
    }),
  );
}

async function storeContexts(
  { store }: DeadLetterAccess,
  letters: readonly Letter[],
  failures: Map<string, LeanOpsError>,
): Promise<readonly Letter[]> {
  if (letters.length === 0) return [];
  try {
    await store.storeDeadLetters(letters.map(({ letter }) => letter));
    return letters;
  } catch (error) {
    if (awsError('', error).code === 'AWS_UNAVAILABLE' || letters.length === 1) {
      for (const { messageId } of letters) failures.set(messageId, awsError('storing dead letters', error));
      return [];
    }
    // DynamoDB may have refused only one of them: that one must not stop the others.
    return passing(letters, failures, async ({ letter }) => {
      await store.storeDeadLetters([letter]);
    });
  }
}

/** The last step: a reader of the notice finds the dead letter. */
async function notify(
  { sqs, dlqUrl }: DeadLetterAccess,
  letters: readonly Letter[],
  failures: Map<string, LeanOpsError>,
): Promise<void> {
  for (let at = 0; at < letters.length; at += MAX_NOTICES) {
    const part = letters.slice(at, at + MAX_NOTICES);
    const Entries = part.map(({ letter }, index) => ({
      Id: String(index),
      MessageBody: noticeText(letter),
      MessageAttributes: { [NOTICE_ATTRIBUTE]: { DataType: 'String', StringValue: letter.id } },
    }));
    try {
      const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: dlqUrl, Entries }));
      for (const { Id, Code } of Failed ?? []) {
        const detail = `SQS refused the notice: ${Code}`;
        const failure = new LeanOpsError('AWS_UNAVAILABLE', {
          operation: 'sending the notice of a dead letter',
          detail,
        });
        failures.set(part[Number(Id)]?.messageId ?? '', failure);
      }
    } catch (error) {
      const failure = awsError('sending notices of dead letters', error);
      for (const { messageId } of part) failures.set(messageId, failure);
    }
  }
}

/** Everything that a person needs to find and fix the message, without its payload. */
function noticeText(letter: NewDeadLetter): string {
  return JSON.stringify({
    dead_letter_id: letter.id,
    topic: letter.topic,
    source: letter.source,
    message_id: letter.messageId,
    correlation_id: letter.correlationId,
    error_code: letter.errorCode,
    error_message: letter.errorMessage,
    error_offset: letter.errorOffset === null ? null : Number(letter.errorOffset),
    receive_count: letter.receiveCount,
    first_received_at: isoTime(letter.firstReceivedAt),
    dlq_sent_at: isoTime(letter.dlqSentAt),
    contract_version: letter.contractVersion,
    meaning: ERRORS[letter.errorCode].meaning,
    remedy: remedyFor(letter.errorCode, 'aws', letter),
  });
}
