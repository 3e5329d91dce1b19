import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Micros } from '../../base/time.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { BodyRepair, DeadLetter, DeadLetterBody } from '../../state/dead-letter.ts';
import type { StateStore } from '../../state/port.ts';
import { errorName } from '../deployment/error-name.ts';
import { s3Address } from '../deployment/s3-files.ts';
import { wholeBody } from '../deployment/whole-body.ts';
import { FIRST_RECEIVED_ATTRIBUTE, REPLAY_ATTRIBUTE, topicQueueName } from './queue-message.ts';

export interface ReplayAccess {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly store: Pick<StateStore, 'deadLetter' | 'closeDeadLetters'>;
  readonly prefix: string;
}

export interface ReplayRequest {
  readonly id: string;
  /** Replaces the original body, which is kept; null: the original is sent. */
  readonly repaired: Uint8Array | null;
  /** Who replays. */
  readonly by: string;
  readonly at: Micros;
}

/** Texts that SQS accepts (SendMessage): no control characters but TAB, LF and CR, and no U+FFFE and U+FFFF. */
const SQS_TEXT = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u;

/**
 * Sends an open dead letter's body back to its topic's queue, as the reception `replay:<id>`, with the original's time. The
 * body is sent before the letter is closed: after a crash in between the letter is still open, and sent again it is the
 * same reception. Returns false if the letter is not open. Throws NOT_FOUND, NOT_UTF8, DEAD_LETTER_DAMAGED.
 */
export async function replayDeadLetter(access: ReplayAccess, request: ReplayRequest): Promise<boolean> {
  const { id, repaired, by, at } = request;
  const found = await access.store.deadLetter(id);
  if (found === null) {
    throw new LeanOpsError('NOT_FOUND', { operation: 'replaying', detail: `there is no dead letter ${id}` });
  }
  if (found.letter.status !== 'open') return false;
  const text = queueText(id, repaired ?? (await readDeadLetterBody(access.s3, found.letter, found.body)));
  await send(access, found.letter, text);
  const repair = repaired === null ? null : repairOf(repaired);
  const closed = await access.store.closeDeadLetters([id], 'replayed', { at, by, reason: null, repair });
  return closed === 1;
}

/** The exact original. Throws DEAD_LETTER_DAMAGED if the stored bytes are missing or others. */
export async function readDeadLetterBody(
  s3: S3Client,
  letter: DeadLetter,
  body: DeadLetterBody,
): Promise<Uint8Array> {
  const bytes = body.kind === 'inline' ? body.bytes : await fetchBody(s3, letter, body.pointer);
  if (sha256(bytes) === letter.bodySha256) return bytes;
  throw damaged(letter, 'its bytes differ from those that were received');
}

async function fetchBody(s3: S3Client, letter: DeadLetter, pointer: string): Promise<Uint8Array> {
  try {
    return await wholeBody(async () => {
      const { Body } = await s3.send(new GetObjectCommand(s3Address(pointer)));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    });
  } catch (error) {
    if (errorName(error) === 'NoSuchKey') throw damaged(letter, `${pointer} is missing`, error);
    throw awsError(`reading ${pointer}`, error);
  }
}

function damaged({ id }: DeadLetter, detail: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('DEAD_LETTER_DAMAGED', {
    operation: `reading the body of dead letter ${id}`,
    detail,
    about: { id },
    cause,
  });
}

function queueText(id: string, body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  if (Buffer.from(text).equals(body) && SQS_TEXT.test(text)) return text;
  throw new LeanOpsError('NOT_UTF8', {
    operation: `replaying dead letter ${id}`,
    detail: 'its body contains bytes that SQS does not accept',
    remedy: `Replay a repaired body with \`lean-ops dlq replay ${id} --with repaired.json --target aws\`.`,
  });
}

async function send({ sqs, prefix }: ReplayAccess, letter: DeadLetter, text: string): Promise<void> {
  const QueueName = topicQueueName(prefix, letter.topic);
  const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const MessageAttributes = {
      [REPLAY_ATTRIBUTE]: attribute(letter.id),
      [FIRST_RECEIVED_ATTRIBUTE]: attribute(letter.firstReceivedAt.toString()),
    };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: text, MessageAttributes }));
  } catch (error) {
    throw awsError(`sending to ${QueueName}`, error);
  }
}

function repairOf(body: Uint8Array): BodyRepair {
  return { sha256: sha256(body), size: BigInt(body.byteLength) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
