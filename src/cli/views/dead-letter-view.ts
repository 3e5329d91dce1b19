import { remedyFor } from '../../errors/remedy.ts';
import type { PlaceName } from '../../errors/spec.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import type { Replayed } from '../../pipeline/dead-letters/lineage.ts';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import { type DeadLetter, replayedLetter } from '../../state/dead-letter.ts';
import { pairs, table } from '../terminal/table.ts';
import { bytes, counted, instant, moment } from '../terminal/words.ts';

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
    replay_of: replayedLetter(letter.source),
    closed_at: letter.closing === null ? null : instant(letter.closing.at),
    closed_by: letter.closing?.by ?? null,
    reason: letter.closing?.reason ?? null,
    repair_sha256: letter.closing?.repair?.sha256 ?? null,
    repair_bytes: numberOrNull(letter.closing?.repair?.size),
    body_sha256: letter.bodySha256,
    body_bytes: Number(letter.bodySize),
  };
}

/** A dead letter for people, with what its code means, what to do, and what became of it. */
export function deadLetterLines(
  letter: DeadLetter,
  became: Replayed | null,
  place: PlaceName,
): readonly string[] {
  const { errorCode } = letter;
  const offset = letter.errorOffset === null ? '' : `, at byte ${letter.errorOffset}`;
  return pairs([
    ['id', letter.id],
    ['topic', letter.topic],
    ['status', letter.status],
    ['error', `${errorCode}${offset}: ${letter.errorMessage}`],
    ['meaning', ERRORS[errorCode].meaning],
    ['remedy', remedyFor(errorCode, place, letter)],
    ['message id', letter.messageId ?? 'none'],
    ['correlation id', letter.correlationId ?? 'none'],
    ['source', letter.source],
    ...closingLines(letter),
    ...(became === null ? [] : [['became', becameText(became)] as const]),
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

function closingLines({ closing, status }: DeadLetter): readonly (readonly [string, string])[] {
  if (closing === null) return [];
  const { at, by, reason, repair } = closing;
  return [
    ['closed', `${status} ${moment(at)} by ${by}`],
    ...(reason === null ? [] : [['reason', reason] as const]),
    ...(repair === null
      ? []
      : [
          [
            'repaired',
            `${bytes(Number(repair.size))}, SHA-256 ${repair.sha256}, in place of its body`,
          ] as const,
        ]),
  ];
}

function becameText({ source, deadLetterId }: Replayed): string {
  return deadLetterId === null ? `a row of RAW (source ${source})` : `dead letter ${deadLetterId}`;
}

function numberOrNull(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value);
}

/** How many letters are chosen. */
export function totalOf(chosen: readonly OpenLetters[]): number {
  return chosen.reduce((total, { ids }) => total + ids.length, 0);
}

/** The chosen dead letters per topic, for --json. */
export function chosenJson(chosen: readonly OpenLetters[]) {
  return chosen.map(({ topic, ids }) => ({ topic, dead_letters: ids.length, ids }));
}

/** The number of chosen dead letters per topic, for people. */
export function chosenLines(chosen: readonly OpenLetters[]): readonly string[] {
  if (chosen.length === 0) return ['no open dead letters'];
  const rows = chosen.map(({ topic, ids }) => [topic, ids.length]);
  return [
    ...table(['topic', 'open dead letters'], rows),
    `${counted(totalOf(chosen), 'dead letter')} chosen`,
  ];
}
