import { invariant, LeanOpsError } from '../../errors/error.ts';
import { OPEN_WORK } from '../codec/embedded.ts';
import type { Lease } from '../lease.ts';
import type { OpenWorkStore } from '../open-work.ts';
import type { Database } from './database.ts';
import { writeUnderLease } from './leases.ts';
import { fromRow, insertRow } from './row.ts';

/** Recovery deletes files by this id, so it must be too long to occur in another name by chance. */
const WORK_ID = /^[0-9a-z-]{8,64}$/;

/** Open works in SQLite. */
export function openWorkStore(database: Database): OpenWorkStore {
  return {
    openWork: async (lease, work) =>
      writeUnderLease(database, lease, () => {
        invariant(WORK_ID.test(work.workId), 'a work id has 8 to 64 characters of [0-9a-z-]');
        const opened = { ...work, scope: lease.scope, fencingToken: lease.token };
        insertRow(database, 'open_work', OPEN_WORK.encode(opened));
      }),
    openWorks: async () =>
      database
        .all('SELECT * FROM open_work ORDER BY work_id')
        .map((row) => fromRow(OPEN_WORK, 'open_work', row)),
    dropWorks: async (lease, workIds) =>
      writeUnderLease(database, lease, () => {
        const { topic, work } = lease.scope;
        for (const workId of workIds) {
          const sql = 'DELETE FROM open_work WHERE work_id = ? AND topic_name = ? AND work = ?';
          database.run(sql, workId, topic, work);
        }
      }),
  };
}

/** Closes the work of a commit. Recovery deleted the files of a work that is no longer open, so it must not commit. */
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
