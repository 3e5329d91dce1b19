import type {
  DeadLetter,
  DeadLetterBody,
  DeadLetterClosing,
  DeadLetterCounts,
  DeadLetterStatus,
} from '../dead-letter.ts';
import { type Codec, recordCodec } from './codec.ts';
import { AMOUNT, BYTES, COUNT, ERROR_CODE, LONG, TEXT } from './fields.ts';
import { Misfit, object, oneOf, optional, sum } from './schema.ts';

const STATUS = oneOf('open', 'replayed', 'discarded');

/** The fields that closing a letter sets, besides its status. */
export interface ClosingFields {
  readonly closed_at: bigint | null;
  readonly closed_by: string | null;
  readonly close_reason: string | null;
  readonly repair_sha256: string | null;
  readonly repair_size: bigint | null;
}

/** The stored fields of a closing; all null for an open letter. */
export function closingFields(closing: DeadLetterClosing | null): ClosingFields {
  return {
    closed_at: closing?.at ?? null,
    closed_by: closing?.by ?? null,
    close_reason: closing?.reason ?? null,
    repair_sha256: closing?.repair?.sha256 ?? null,
    repair_size: closing?.repair?.size ?? null,
  };
}

const LETTER = object({
  id: TEXT,
  topic_name: TEXT,
  source: TEXT,
  message_id: optional(TEXT),
  correlation_id: optional(TEXT),
  error_code: ERROR_CODE,
  error_message: TEXT,
  error_offset: optional(LONG),
  receive_count: COUNT,
  first_received_at: LONG,
  dlq_sent_at: LONG,
  contract_version: optional(COUNT),
  status: STATUS,
  closed_at: optional(LONG),
  closed_by: optional(TEXT),
  close_reason: optional(TEXT),
  repair_sha256: optional(TEXT),
  repair_size: optional(LONG),
  body_sha256: TEXT,
  body_size: LONG,
});

/** A dead letter without its body. */
export const DEAD_LETTER: Codec<DeadLetter> = recordCodec(
  LETTER,
  (fields) => ({
    id: fields.id,
    topic: fields.topic_name,
    source: fields.source,
    messageId: fields.message_id,
    correlationId: fields.correlation_id,
    errorCode: fields.error_code,
    errorMessage: fields.error_message,
    errorOffset: fields.error_offset,
    receiveCount: fields.receive_count,
    firstReceivedAt: fields.first_received_at,
    dlqSentAt: fields.dlq_sent_at,
    contractVersion: fields.contract_version,
    status: fields.status,
    closing: closingOf(fields),
    bodySha256: fields.body_sha256,
    bodySize: fields.body_size,
  }),
  (letter) => ({
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
    status: letter.status,
    ...closingFields(letter.closing),
    body_sha256: letter.bodySha256,
    body_size: letter.bodySize,
  }),
);

/** The body of a dead letter; `body_size` is the letter's. */
export const DEAD_LETTER_BODY: Codec<DeadLetterBody> = recordCodec(
  object({ body_size: LONG, body_pointer: optional(TEXT), body: optional(BYTES) }),
  ({ body_size: size, body_pointer: pointer, body: bytes }) => {
    if (pointer !== null) return { kind: 'file', pointer, size };
    if (bytes === null) throw new Misfit('has no value, and neither has body_pointer', ['body']);
    return { kind: 'inline', bytes };
  },
  (body) =>
    body.kind === 'file'
      ? { body_size: body.size, body_pointer: body.pointer, body: null }
      : { body_size: BigInt(body.bytes.byteLength), body_pointer: null, body: body.bytes },
);

/** The number of letters of one status. */
export const STATUS_COUNT: Codec<{ readonly status: DeadLetterStatus; readonly letters: number }> =
  recordCodec(
    object({ status: STATUS, letters: COUNT }),
    (fields) => fields,
    (counted) => counted,
  );

/** Letters by status, where a count grows by addition: it is absent before the first. */
export const DEAD_LETTER_COUNTS: Codec<DeadLetterCounts> = recordCodec(
  object({ open: sum(AMOUNT), replayed: sum(AMOUNT), discarded: sum(AMOUNT) }),
  (fields) => fields,
  (counts) => counts,
);

/** Where the letter of an id is in DynamoDB, whose key holds its time. */
export interface LetterPlace {
  readonly id: string;
  readonly topic: string;
  /** Hash key of the letter's item. */
  readonly shard: string;
  /** Range key of the letter's item. */
  readonly key: string;
}

export const LETTER_PLACE: Codec<LetterPlace> = recordCodec(
  object({ id: TEXT, topic_name: TEXT, letter_shard: TEXT, letter_key: TEXT }),
  (fields) => ({
    id: fields.id,
    topic: fields.topic_name,
    shard: fields.letter_shard,
    key: fields.letter_key,
  }),
  (place) => ({ id: place.id, topic_name: place.topic, letter_shard: place.shard, letter_key: place.key }),
);

function closingOf(fields: ClosingFields): DeadLetterClosing | null {
  const { closed_at: at, closed_by: by, repair_sha256: sha256, repair_size: size } = fields;
  if (at === null) return null;
  if (by === null) throw new Misfit('has no value, but the letter is closed', ['closed_by']);
  const reason = fields.close_reason;
  if (sha256 === null) return { at, by, reason, repair: null };
  if (size === null) throw new Misfit('has no value, but repair_sha256 has', ['repair_size']);
  return { at, by, reason, repair: { sha256, size } };
}
