import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Lease } from '../lease.ts';
import type { OpenWork } from '../open-work.ts';
import type { Database } from './database.ts';
import { long, type Row, text } from './row.ts';

/** Recovery deletes by this id, so it must be long enough never to stand in a foreign name by chance. */
const WORK_ID = /^[0-9a-z-]{8,64}$/;

export function openWork(
  database: Database,
  lease: Lease,
  work: Pick<OpenWork, 'workId' | 'kind' | 'directories'>,
): void {
  invariant(WORK_ID.test(work.workId), 'a work id has 8 to 64 characters of [0-9a-z-]');
  database.run(
    'INSERT INTO open_work (work_id, kind, topic_name, work, fencing_token, directories) VALUES (?, ?, ?, ?, ?, ?)',
    work.workId,
    work.kind,
    lease.scope.topic,
    lease.scope.work,
    lease.token,
    JSON.stringify(work.directories),
  );
}

export function readOpenWorks(database: Database): readonly OpenWork[] {
  return database.all('SELECT * FROM open_work ORDER BY work_id').map(fromRow);
}

export function dropWorks(database: Database, lease: Lease, workIds: readonly string[]): void {
  for (const workId of workIds) {
    database.run(
      'DELETE FROM open_work WHERE work_id = ? AND topic_name = ? AND work = ?',
      workId,
      lease.scope.topic,
      lease.scope.work,
    );
  }
}

/** The commit's half of recovery: a work that is no longer open has had its files deleted, so it must not commit. */
export function closeWork(database: Database, lease: Lease, workId: string): void {
  const closed = database.run(
    'DELETE FROM open_work WHERE work_id = ? AND topic_name = ? AND work = ? AND fencing_token = ?',
    workId,
    lease.scope.topic,
    lease.scope.work,
    lease.token,
  );
  if (closed === 0) {
    throw new LeanOpsError('LEASE_LOST', {
      operation: `committing ${lease.scope.work} of ${lease.scope.topic}`,
      detail: `work ${workId} is not open under this lease`,
    });
  }
}

function fromRow(row: Row): OpenWork {
  const kind = text(row, 'kind');
  const work = text(row, 'work');
  invariant(kind === 'ingest' || kind === 'batch' || kind === 'maintenance', `unknown kind of work ${kind}`);
  invariant(work === 'ingest' || work === 'semantic', `unknown scope ${work}`);
  return {
    workId: text(row, 'work_id'),
    kind,
    scope: { topic: text(row, 'topic_name'), work },
    fencingToken: long(row, 'fencing_token'),
    directories: JSON.parse(text(row, 'directories')),
  };
}
