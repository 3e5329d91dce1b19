import { invariant } from '../../errors/error.ts';
import { ERASURE } from '../codec/embedded.ts';
import { type Erasure, type ErasureCounts, type ErasureStore, NOTHING_ERASED } from '../erasure.ts';
import type { Database } from './database.ts';
import { writeUnderLease } from './leases.ts';
import { fromRow, insertRow, updateRows } from './row.ts';

const OPEN = 'topic_name = ? AND key_hash = ? AND ended_at IS NULL';

/** Receipts of erasures in SQLite. */
export function erasureStore(database: Database): ErasureStore {
  return {
    openErasure: async (lease, keyHash, at) =>
      writeUnderLease(database, lease, () => {
        const { topic } = lease.scope;
        const open = readOpen(database, topic, keyHash);
        if (open !== null) return open;
        const begun: Erasure = {
          topic,
          keyHash,
          begunAt: at,
          endedAt: null,
          counts: NOTHING_ERASED,
          unreadableLetters: [],
          snapshots: {},
        };
        insertRow(database, 'erasures', ERASURE.encode(begun));
        return begun;
      }),
    closeErasure: async (lease, keyHash, end) =>
      writeUnderLease(database, lease, () => change(database, lease.scope.topic, keyHash, () => end)),
    erasures: async (topic) =>
      database
        .all('SELECT * FROM erasures WHERE topic_name = ? ORDER BY begun_at, rowid', topic)
        .map((row) => fromRow(ERASURE, 'erasures', row)),
  };
}

/** Must run in the transaction that removes what is counted. */
export function countErased(
  database: Database,
  topic: string,
  keyHash: string,
  more: Partial<ErasureCounts>,
): void {
  change(database, topic, keyHash, ({ counts }) => ({
    counts: {
      rawRows: counts.rawRows + (more.rawRows ?? 0),
      semanticRows: counts.semanticRows + (more.semanticRows ?? 0),
      errorRows: counts.errorRows + (more.errorRows ?? 0),
      deadLetters: counts.deadLetters + (more.deadLetters ?? 0),
    },
  }));
}

/** Changes the key's only erasure that has not ended. */
function change(
  database: Database,
  topic: string,
  keyHash: string,
  changed: (open: Erasure) => Partial<Erasure>,
): void {
  const open = readOpen(database, topic, keyHash);
  invariant(open !== null, 'an erasure is opened before anything is erased');
  const record = ERASURE.encode({ ...open, ...changed(open) });
  updateRows(database, 'erasures', record, { sql: OPEN, values: [topic, keyHash] });
}

function readOpen(database: Database, topic: string, keyHash: string): Erasure | null {
  const row = database.get(`SELECT * FROM erasures WHERE ${OPEN}`, topic, keyHash);
  return row === null ? null : fromRow(ERASURE, 'erasures', row);
}
