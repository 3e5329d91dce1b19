import { ERRORS } from '../errors/taxonomy.ts';
import type { DeadLetter } from '../state/dead-letter.ts';
import { pairs } from './table.ts';
import { bytes, instant, moment } from './words.ts';

/** A dead letter as JSON, without its body. */
export function deadLetterJson(letter: DeadLetter) {
  return {
    id: letter.id,
    topic_name: letter.topic,
    source: letter.source,
    message_id: letter.messageId,
    correlation_id: letter.correlationId,
    error_code: letter.errorCode,
    error_message: letter.errorMessage,
    error_offset: letter.errorOffset === null ? null : Number(letter.errorOffset),
    receive_count: letter.receiveCount,
    first_received_at: instant(letter.firstReceivedAt),
    dlq_sent_at: instant(letter.dlqSentAt),
    contract_version: letter.contractVersion,
    status: letter.status,
    body_sha256: letter.bodySha256,
    body_bytes: Number(letter.bodySize),
  };
}

/** A dead letter for people, with what its code means and what to do. */
export function deadLetterLines(letter: DeadLetter): readonly string[] {
  const { meaning, remedy } = ERRORS[letter.errorCode];
  const offset = letter.errorOffset === null ? '' : `, at byte ${letter.errorOffset}`;
  return pairs([
    ['id', letter.id],
    ['topic', letter.topic],
    ['status', letter.status],
    ['error', `${letter.errorCode}${offset}: ${letter.errorMessage}`],
    ['meaning', meaning],
    ['remedy', remedy],
    ['message id', letter.messageId ?? 'none'],
    ['correlation id', letter.correlationId ?? 'none'],
    ['source', letter.source],
    [
      'received',
      `${moment(letter.firstReceivedAt)}, ${letter.receiveCount} time${letter.receiveCount === 1 ? '' : 's'}`,
    ],
    ['dead-lettered', moment(letter.dlqSentAt)],
    [
      'contract',
      letter.contractVersion === null ? 'none registered yet' : `version ${letter.contractVersion}`,
    ],
    ['body', `${bytes(Number(letter.bodySize))}, SHA-256 ${letter.bodySha256}`],
  ]);
}
