import { KIB } from '../../base/bytes.ts';
import { invariant } from '../../errors/error.ts';
import type {
  DeadLetter,
  DeadLetterBody,
  DeadLetterClosing,
  DeadLetterStatus,
  NewDeadLetter,
} from '../dead-letter.ts';
import {
  count,
  errorCodeOf,
  type Item,
  itemOf,
  long,
  optionalCount,
  optionalLong,
  optionalText,
  text,
} from './item.ts';
import { sortableMicros } from './maintenance.ts';
import { shardOf } from './shard.ts';

/** One partition takes 1,000 writes a second; a flood of bad messages of one topic shall find more. */
export const LETTER_SHARDS = 8;
/** An item has at most 400 KB, and lists read it whole; larger bodies lie in S3. */
const MAX_INLINE_BYTES = 64 * KIB;

/** Where a letter lies; also its key. */
export interface LetterKey {
  readonly topic_shard: string;
  readonly received_message: string;
  readonly [name: string]: string;
}

export function letterKey({ topic, firstReceivedAt, id }: NewDeadLetter): LetterKey {
  const shard = shardOf(id, LETTER_SHARDS);
  return { topic_shard: letterShard(topic, shard), received_message: sortKey(firstReceivedAt, id) };
}

export function letterShard(topic: string, shard: number): string {
  return `${topic}#${shard}`;
}

/** Sorts as the pages do: by first-received time, then id. */
export function sortKey(firstReceivedAt: bigint, id: string): string {
  return `${sortableMicros(firstReceivedAt)}#${id}`;
}

export function letterItem(letter: NewDeadLetter): Item {
  const { body } = letter;
  if (body.kind === 'inline') {
    const fits = body.bytes.byteLength <= MAX_INLINE_BYTES;
    invariant(fits, `a body of more than ${MAX_INLINE_BYTES} bytes lies in a file of its own`);
  }
  return itemOf({
    ...letterKey(letter),
    id: letter.id,
    topic_name: letter.topic,
    source: letter.source,
    message_id: letter.messageId,
    correlation_id: letter.correlationId,
    error_code: letter.errorCode,
    error_message: letter.errorMessage,
    error_offset: letter.errorOffset,
    receive_count: letter.receiveCount,
    first_received_at: letter.firstReceivedAt,
    dlq_sent_at: letter.dlqSentAt,
    contract_version: letter.contractVersion,
    status: 'open',
    body_sha256: letter.bodySha256,
    body_size: body.kind === 'inline' ? body.bytes.byteLength : body.size,
    body_pointer: body.kind === 'inline' ? null : body.pointer,
    body: body.kind === 'inline' ? body.bytes : null,
  });
}

export function letterFromItem(item: Item): DeadLetter {
  return {
    id: text(item, 'id'),
    topic: text(item, 'topic_name'),
    source: text(item, 'source'),
    messageId: optionalText(item, 'message_id'),
    correlationId: optionalText(item, 'correlation_id'),
    errorCode: errorCodeOf(item, 'error_code'),
    errorMessage: text(item, 'error_message'),
    errorOffset: optionalLong(item, 'error_offset'),
    receiveCount: count(item, 'receive_count'),
    firstReceivedAt: long(item, 'first_received_at'),
    dlqSentAt: long(item, 'dlq_sent_at'),
    contractVersion: optionalCount(item, 'contract_version'),
    status: statusOf(item),
    closing: closingOf(item),
    bodySha256: text(item, 'body_sha256'),
    bodySize: long(item, 'body_size'),
  };
}

export function bodyFromItem(item: Item): DeadLetterBody {
  const pointer = optionalText(item, 'body_pointer');
  if (pointer !== null) return { kind: 'file', pointer, size: long(item, 'body_size') };
  const bytes = item.body?.B;
  invariant(bytes !== undefined, 'a dead letter has a body or a pointer');
  return { kind: 'inline', bytes };
}

function statusOf(item: Item): DeadLetterStatus {
  const status = text(item, 'status');
  invariant(status === 'open' || status === 'replayed' || status === 'discarded', `unknown status ${status}`);
  return status;
}

/** What closing sets. */
export function fieldsOfClosing({ at, by, reason, repair }: DeadLetterClosing) {
  return {
    closed_at: at,
    closed_by: by,
    close_reason: reason,
    repair_sha256: repair?.sha256 ?? null,
    repair_size: repair?.size ?? null,
  };
}

function closingOf(item: Item): DeadLetterClosing | null {
  const at = optionalLong(item, 'closed_at');
  if (at === null) return null;
  const sha256 = optionalText(item, 'repair_sha256');
  return {
    at,
    by: text(item, 'closed_by'),
    reason: optionalText(item, 'close_reason'),
    repair: sha256 === null ? null : { sha256, size: long(item, 'repair_size') },
  };
}
