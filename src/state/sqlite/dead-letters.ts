import type { SQLInputValue } from 'node:sqlite';
import { invariant } from '../../errors/error.ts';
import { closingFields, DEAD_LETTER, DEAD_LETTER_BODY, STATUS_COUNT } from '../codec/dead-letter.ts';
import type {
  DeadLetterClosing,
  DeadLetterCounts,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterStatus,
  DeadLetterStore,
  NewDeadLetter,
} from '../dead-letter.ts';
import { pageMark, placeOf, requirePageSize } from '../dead-letter-page.ts';
import type { OldStateStore } from '../old-state.ts';
import { countOldDays } from './counters.ts';
import type { Database } from './database.ts';
import { fromRow, insertRow, text, updateRows } from './row.ts';

/** All columns but the body. It is the last one in the row, so lists never read it. */
const CONTEXT = `id, topic_name, source, message_id, correlation_id, error_code, error_message, error_offset,
  receive_count, first_received_at, dlq_sent_at, contract_version, status, body_sha256, body_size,
  closed_at, closed_by, close_reason, repair_sha256, repair_size`;

/** Dead letters in SQLite. */
export function deadLetterStore(database: Database): DeadLetterStore {
  return {
    storeDeadLetters: async (letters) => database.write(() => storeDeadLetters(database, letters)),
    deadLetters: async (filter, limit, after) => listDeadLetters(database, filter, limit, after),
    deadLetter: async (id) => {
      const row = database.get('SELECT * FROM error_tracker WHERE id = ?', id);
      if (row === null) return null;
      return {
        letter: fromRow(DEAD_LETTER, 'error_tracker', row),
        body: fromRow(DEAD_LETTER_BODY, 'error_tracker', row),
      };
    },
    closeDeadLetters: async (ids, status, closing) =>
      database.write(() => closeDeadLetters(database, ids, status, closing)),
    deadLetterCounts: async (topic) => countDeadLetters(database, topic),
  };
}

/** State that can expire in SQLite. */
export function oldStateStore(database: Database): OldStateStore {
  return {
    oldState: async (topic, closedBefore, countersBefore) =>
      database.view(() => {
        const letterIds = lettersClosedBefore(database, topic, closedBefore);
        const bodyFiles = letterIds.length === 0 ? [] : bodyFilesOf(database, letterIds);
        return { letterIds, bodyFiles, counterDays: countOldDays(database, topic, countersBefore) };
      }),
    bodyFilesOf: async (letterIds) => bodyFilesOf(database, letterIds),
  };
}

/** Returns the number that were new. */
export function storeDeadLetters(database: Database, letters: readonly NewDeadLetter[]): number {
  let stored = 0;
  for (const letter of letters) {
    const body = DEAD_LETTER_BODY.encode(letter.body);
    const bodySize = letter.body.kind === 'inline' ? BigInt(letter.body.bytes.byteLength) : letter.body.size;
    const context = DEAD_LETTER.encode({ ...letter, status: 'open', closing: null, bodySize });
    stored += insertRow(database, 'error_tracker', { ...context, ...body }, 'stays');
  }
  return stored;
}

function listDeadLetters(
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
  const sql = `SELECT ${CONTEXT} FROM error_tracker ${where} ORDER BY first_received_at, id LIMIT ?`;
  // One row more shows whether there is a next page.
  const rows = database.all(sql, ...values, limit + 1);
  const items = rows.slice(0, limit).map((row) => fromRow(DEAD_LETTER, 'error_tracker', row));
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? pageMark(last) : null;
  return { items, next };
}

/** Changes open letters to `status`; returns the number changed. */
export function closeDeadLetters(
  database: Database,
  ids: readonly string[],
  status: Exclude<DeadLetterStatus, 'open'>,
  closing: DeadLetterClosing,
): number {
  const record = { status, ...closingFields(closing) };
  let changed = 0;
  for (const id of ids) {
    const where = { sql: `id = ? AND status = 'open'`, values: [id] };
    changed += updateRows(database, 'error_tracker', record, where);
  }
  return changed;
}

/** Ids of the topic's letters that were closed before the moment. */
function lettersClosedBefore(database: Database, topic: string, moment: bigint): readonly string[] {
  return database
    .all(
      `SELECT id FROM error_tracker WHERE topic_name = ? AND status <> 'open' AND closed_at < ? ORDER BY id`,
      topic,
      moment,
    )
    .map((row) => text(row, 'id'));
}

/** Files with bodies that only these letters have: equal bodies of one ingest share a file. */
function bodyFilesOf(database: Database, letterIds: readonly string[]): readonly string[] {
  const ids = JSON.stringify(letterIds);
  return database
    .all(
      `SELECT body_pointer FROM error_tracker WHERE body_pointer IS NOT NULL GROUP BY body_pointer
       HAVING sum(id NOT IN (SELECT value FROM json_each(?))) = 0`,
      ids,
    )
    .map((row) => text(row, 'body_pointer'));
}

/** Must run in the transaction that adds them to the totals of what is gone. */
export function removeDeadLetters(database: Database, topic: string, letterIds: readonly string[]): void {
  for (const id of letterIds) {
    const removed = database.run('DELETE FROM error_tracker WHERE id = ? AND topic_name = ?', id, topic);
    invariant(removed === 1, `dead letter ${id} is there to be removed`);
  }
}

/** The topic's dead letters by status. */
export function countDeadLetters(database: Database, topic: string): DeadLetterCounts {
  const counts = { open: 0, replayed: 0, discarded: 0 };
  const sql = 'SELECT status, count(*) AS letters FROM error_tracker WHERE topic_name = ? GROUP BY status';
  for (const row of database.all(sql, topic)) {
    const { status, letters } = fromRow(STATUS_COUNT, 'error_tracker', row);
    counts[status] = letters;
  }
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
