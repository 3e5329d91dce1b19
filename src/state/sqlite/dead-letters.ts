import type { SQLInputValue } from 'node:sqlite';
import { invariant } from '../../errors/error.ts';
import type {
  DeadLetter,
  DeadLetterBody,
  DeadLetterClosing,
  DeadLetterCounts,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterStatus,
  NewDeadLetter,
} from '../dead-letter.ts';
import { pageMark, placeOf, requirePageSize } from '../dead-letter-page.ts';
import type { Database } from './database.ts';
import { count, errorCodeOf, long, optionalLong, optionalText, type Row, text } from './row.ts';

/** All but the body, which lies last in the row, so that lists never read it. */
const CONTEXT = `id, topic_name, source, message_id, correlation_id, error_code, error_message, error_offset,
  receive_count, first_received_at, dlq_sent_at, contract_version, status, body_sha256, body_size`;
const CLOSING = 'closed_at, closed_by, close_reason, repair_sha256, repair_size';

const INSERT = `INSERT INTO error_tracker (${CONTEXT}, body_pointer, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

/** Gives the number that were new. */
export function storeDeadLetters(database: Database, letters: readonly NewDeadLetter[]): number {
  let stored = 0;
  for (const letter of letters) {
    const { body } = letter;
    stored += database.run(
      INSERT,
      letter.id,
      letter.topic,
      letter.source,
      letter.messageId,
      letter.correlationId,
      letter.errorCode,
      letter.errorMessage,
      letter.errorOffset,
      letter.receiveCount,
      letter.firstReceivedAt,
      letter.dlqSentAt,
      letter.contractVersion,
      letter.bodySha256,
      body.kind === 'inline' ? body.bytes.byteLength : body.size,
      body.kind === 'inline' ? null : body.pointer,
      body.kind === 'inline' ? body.bytes : null,
    );
  }
  return stored;
}

export function listDeadLetters(
  database: Database,
  filter: DeadLetterFilter,
  limit: number,
  after: string | null,
): DeadLetterPage {
  requirePageSize(limit);
  const { conditions, values } = conditionsOf(filter);
  if (after !== null) {
    const cursor = placeOf(after);
    conditions.push('(first_received_at, id) > (?, ?)');
    values.push(cursor.at, cursor.id);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const sql = `SELECT ${CONTEXT}, ${CLOSING} FROM error_tracker ${where} ORDER BY first_received_at, id LIMIT ?`;
  // One row more tells whether there is a next page.
  const found = database.all(sql, ...values, limit + 1).map(fromRow);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = found.length > limit && last !== undefined ? pageMark(last) : null;
  return { items, next };
}

export function readDeadLetter(
  database: Database,
  id: string,
): { readonly letter: DeadLetter; readonly body: DeadLetterBody } | null {
  const row = database.get('SELECT * FROM error_tracker WHERE id = ?', id);
  if (row === null) return null;
  const letter = fromRow(row);
  const pointer = optionalText(row, 'body_pointer');
  if (pointer !== null) return { letter, body: { kind: 'file', pointer, size: letter.bodySize } };
  const bytes = row.body;
  invariant(bytes instanceof Uint8Array, 'a dead letter has a body or a pointer');
  return { letter, body: { kind: 'inline', bytes } };
}

/** Open → status; gives the number changed. */
export function closeDeadLetters(
  database: Database,
  ids: readonly string[],
  status: Exclude<DeadLetterStatus, 'open'>,
  closing: DeadLetterClosing,
): number {
  let changed = 0;
  for (const id of ids) {
    changed += database.run(
      `UPDATE error_tracker SET status = ?, closed_at = ?, closed_by = ?, close_reason = ?, repair_sha256 = ?,
         repair_size = ? WHERE id = ? AND status = 'open'`,
      status,
      closing.at,
      closing.by,
      closing.reason,
      closing.repair?.sha256 ?? null,
      closing.repair?.size ?? null,
      id,
    );
  }
  return changed;
}

/** Ids of the topic's letters that were closed before the moment. */
export function lettersClosedBefore(database: Database, topic: string, moment: bigint): readonly string[] {
  return database
    .all(
      `SELECT id FROM error_tracker WHERE topic_name = ? AND status <> 'open' AND closed_at < ? ORDER BY id`,
      topic,
      moment,
    )
    .map((row) => text(row, 'id'));
}

/** A body that came twice in one piece of work is one file. */
export function bodyFilesOf(database: Database, letterIds: readonly string[]): readonly string[] {
  const ids = JSON.stringify(letterIds);
  return database
    .all(
      `SELECT body_pointer FROM error_tracker WHERE body_pointer IS NOT NULL GROUP BY body_pointer
       HAVING sum(id NOT IN (SELECT value FROM json_each(?))) = 0`,
      ids,
    )
    .map((row) => text(row, 'body_pointer'));
}

/** Within a transaction that adds them to the totals of what is gone. */
export function removeDeadLetters(database: Database, topic: string, letterIds: readonly string[]): void {
  for (const id of letterIds) {
    const removed = database.run('DELETE FROM error_tracker WHERE id = ? AND topic_name = ?', id, topic);
    invariant(removed === 1, `dead letter ${id} is there to be removed`);
  }
}

export function countDeadLetters(database: Database, topic: string): DeadLetterCounts {
  const counts = { open: 0, replayed: 0, discarded: 0 };
  const rows = database.all(
    'SELECT status, count(*) AS letters FROM error_tracker WHERE topic_name = ? GROUP BY status',
    topic,
  );
  for (const row of rows) counts[statusOf(row)] = count(row, 'letters');
  return counts;
}

function conditionsOf(filter: DeadLetterFilter): { conditions: string[]; values: SQLInputValue[] } {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add(
    'id IN (SELECT value FROM json_each(?))',
    filter.ids === undefined ? undefined : JSON.stringify(filter.ids),
  );
  add('topic_name = ?', filter.topic);
  add('error_code = ?', filter.errorCode);
  add('status = ?', filter.status);
  add('message_id = ?', filter.messageId);
  add('first_received_at >= ?', filter.from);
  add('first_received_at < ?', filter.to);
  return { conditions, values };
}

function fromRow(row: Row): DeadLetter {
  const version = optionalLong(row, 'contract_version');
  return {
    id: text(row, 'id'),
    topic: text(row, 'topic_name'),
    source: text(row, 'source'),
    messageId: optionalText(row, 'message_id'),
    correlationId: optionalText(row, 'correlation_id'),
    errorCode: errorCodeOf(row, 'error_code'),
    errorMessage: text(row, 'error_message'),
    errorOffset: optionalLong(row, 'error_offset'),
    receiveCount: count(row, 'receive_count'),
    firstReceivedAt: long(row, 'first_received_at'),
    dlqSentAt: long(row, 'dlq_sent_at'),
    contractVersion: version === null ? null : Number(version),
    status: statusOf(row),
    closing: closingOf(row),
    bodySha256: text(row, 'body_sha256'),
    bodySize: long(row, 'body_size'),
  };
}

function closingOf(row: Row): DeadLetterClosing | null {
  const at = optionalLong(row, 'closed_at');
  if (at === null) return null;
  const sha256 = optionalText(row, 'repair_sha256');
  return {
    at,
    by: text(row, 'closed_by'),
    reason: optionalText(row, 'close_reason'),
    repair: sha256 === null ? null : { sha256, size: long(row, 'repair_size') },
  };
}

function statusOf(row: Row): DeadLetterStatus {
  const status = text(row, 'status');
  invariant(status === 'open' || status === 'replayed' || status === 'discarded', `unknown status ${status}`);
  return status;
}
