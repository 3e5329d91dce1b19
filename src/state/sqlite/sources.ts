import { LeanOpsError } from '../../errors/error.ts';
import { SOURCE_PROGRESS } from '../codec/embedded.ts';
import type { SourceProgress, SourceStore } from '../source.ts';
import type { Database, Row } from './database.ts';
import { fromRow, insertRow } from './row.ts';

/** Progress of sources in SQLite. */
export function sourceStore(database: Database): SourceStore {
  return {
    findSources: async (topic, lookup) =>
      database
        .all(
          `SELECT * FROM sources WHERE topic_name = ? AND (path = ? OR inode = ? OR first_hash = ?)
           ORDER BY updated_at DESC, source_id`,
          topic,
          lookup.path,
          lookup.inode,
          lookup.firstHash,
        )
        .map(progressOf),
    sources: async (topic) =>
      database
        .all('SELECT * FROM sources WHERE topic_name = ? ORDER BY updated_at DESC, source_id', topic)
        .map(progressOf),
  };
}

/** Throws CHECKPOINT_CONFLICT unless the source was read up to `expectedOffset`; null: it is not known yet. */
export function moveSource(
  database: Database,
  progress: SourceProgress,
  expectedOffset: bigint | null,
): void {
  const row = database.get('SELECT * FROM sources WHERE source_id = ?', progress.sourceId);
  const stands = row === null ? null : progressOf(row).offset;
  if (stands !== expectedOffset || (stands !== null && progress.offset < stands)) {
    throw new LeanOpsError('CHECKPOINT_CONFLICT', {
      operation: `reading ${progress.path}`,
      detail: `it has been read up to ${stands ?? 'nothing'}, not ${expectedOffset ?? 'nothing'}`,
    });
  }
  insertRow(database, 'sources', SOURCE_PROGRESS.encode(progress), 'is replaced');
}

function progressOf(row: Row): SourceProgress {
  return fromRow(SOURCE_PROGRESS, 'sources', row);
}
