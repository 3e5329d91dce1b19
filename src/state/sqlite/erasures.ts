import type { Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import { type Erasure, type ErasureCounts, type ErasureEnd, NOTHING_ERASED } from '../erasure.ts';
import type { Database } from './database.ts';
import { long, optionalLong, type Row, text } from './row.ts';

const OPEN = 'topic_name = ? AND key_hash = ? AND ended_at IS NULL';

/** The one that was begun and not ended, else a new one. */
export function openErasure(database: Database, topic: string, keyHash: string, at: Micros): Erasure {
  const open = database.get(`SELECT * FROM erasures WHERE ${OPEN}`, topic, keyHash);
  if (open !== null) return fromRow(open);
  database.run(
    'INSERT INTO erasures (topic_name, key_hash, begun_at, counts, unreadable_letters, snapshots) VALUES (?, ?, ?, ?, ?, ?)',
    topic,
    keyHash,
    at,
    JSON.stringify(NOTHING_ERASED),
    '[]',
    '{}',
  );
  return openErasure(database, topic, keyHash, at);
}

/** Within the transaction that removes what is counted. */
export function countErased(
  database: Database,
  topic: string,
  keyHash: string,
  more: Partial<ErasureCounts>,
): void {
  const row = database.get(`SELECT * FROM erasures WHERE ${OPEN}`, topic, keyHash);
  invariant(row !== null, 'an erasure is begun before anything is erased');
  const { counts } = fromRow(row);
  const sums: ErasureCounts = {
    rawRows: counts.rawRows + (more.rawRows ?? 0),
    semanticRows: counts.semanticRows + (more.semanticRows ?? 0),
    errorRows: counts.errorRows + (more.errorRows ?? 0),
    deadLetters: counts.deadLetters + (more.deadLetters ?? 0),
  };
  database.run(`UPDATE erasures SET counts = ? WHERE ${OPEN}`, JSON.stringify(sums), topic, keyHash);
}

export function closeErasure(database: Database, topic: string, keyHash: string, end: ErasureEnd): void {
  const closed = database.run(
    `UPDATE erasures SET ended_at = ?, unreadable_letters = ?, snapshots = ? WHERE ${OPEN}`,
    end.endedAt,
    JSON.stringify(end.unreadableLetters),
    JSON.stringify(end.snapshots),
    topic,
    keyHash,
  );
  invariant(closed === 1, 'one erasure of a key is open at a time');
}

/** Oldest first. */
export function readErasures(database: Database, topic: string): readonly Erasure[] {
  return database
    .all('SELECT * FROM erasures WHERE topic_name = ? ORDER BY begun_at, rowid', topic)
    .map(fromRow);
}

function fromRow(row: Row): Erasure {
  return {
    topic: text(row, 'topic_name'),
    keyHash: text(row, 'key_hash'),
    begunAt: long(row, 'begun_at'),
    endedAt: optionalLong(row, 'ended_at'),
    counts: JSON.parse(text(row, 'counts')),
    unreadableLetters: JSON.parse(text(row, 'unreadable_letters')),
    snapshots: JSON.parse(text(row, 'snapshots')),
  };
}
