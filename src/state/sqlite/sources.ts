import { LeanOpsError } from '../../errors/error.ts';
import type { SourceLookup, SourceProgress } from '../source.ts';
import type { Database } from './database.ts';
import { long, type Row, text } from './row.ts';

export function findSources(
  database: Database,
  topic: string,
  lookup: SourceLookup,
): readonly SourceProgress[] {
  return database
    .all(
      `SELECT * FROM sources WHERE topic_name = ? AND (path = ? OR inode = ? OR first_hash = ?)
       ORDER BY updated_at DESC, source_id`,
      topic,
      lookup.path,
      lookup.inode,
      lookup.firstHash,
    )
    .map(fromRow);
}

export function readSources(database: Database, topic: string): readonly SourceProgress[] {
  return database
    .all('SELECT * FROM sources WHERE topic_name = ? ORDER BY updated_at DESC, source_id', topic)
    .map(fromRow);
}

/** Throws CHECKPOINT_CONFLICT unless the source stands at `expectedOffset`; null: it is not known yet. */
export function moveSource(
  database: Database,
  progress: SourceProgress,
  expectedOffset: bigint | null,
): void {
  const row = database.get('SELECT taken FROM sources WHERE source_id = ?', progress.sourceId);
  const stands = row === null ? null : long(row, 'taken');
  if (stands !== expectedOffset || (stands !== null && progress.offset < stands)) {
    throw new LeanOpsError('CHECKPOINT_CONFLICT', {
      operation: `taking ${progress.path}`,
      detail: `it has been taken up to ${stands ?? 'nothing'}, not ${expectedOffset ?? 'nothing'}`,
    });
  }
  database.run(
    `INSERT OR REPLACE INTO sources (source_id, topic_name, path, inode, size, first_hash, last_hash, taken,
       taken_hash, messages, arrived_at, complete, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    progress.sourceId,
    progress.topic,
    progress.path,
    progress.inode,
    progress.size,
    progress.firstHash,
    progress.lastHash,
    progress.offset,
    progress.offsetHash,
    progress.messages,
    progress.arrivedAt,
    progress.complete ? 1 : 0,
    progress.updatedAt,
  );
}

function fromRow(row: Row): SourceProgress {
  return {
    sourceId: text(row, 'source_id'),
    topic: text(row, 'topic_name'),
    path: text(row, 'path'),
    inode: long(row, 'inode'),
    size: long(row, 'size'),
    firstHash: text(row, 'first_hash'),
    lastHash: text(row, 'last_hash'),
    offset: long(row, 'taken'),
    offsetHash: text(row, 'taken_hash'),
    messages: long(row, 'messages'),
    arrivedAt: long(row, 'arrived_at'),
    complete: long(row, 'complete') === 1n,
    updatedAt: long(row, 'updated_at'),
  };
}
