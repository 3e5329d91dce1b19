import { dayOf } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { withIntake } from '../checkpoint.ts';
import type { IngestCommit, IngestStore } from '../ingest-commit.ts';
import type { Lease } from '../lease.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoints.ts';
import { countIntake } from './counters.ts';
import type { Database } from './database.ts';
import { closeDeadLetters, storeDeadLetters } from './dead-letters.ts';
import { writeUnderLease } from './leases.ts';
import { moveSource } from './sources.ts';
import { commitTables } from './table-commit.ts';

/** Commits of an ingest in SQLite. */
export function ingestStore(database: Database): IngestStore {
  return {
    commitIngest: async (lease, commit) => {
      const { counts } = commit;
      invariant(lease.scope.work === 'ingest', 'an ingest commits under an ingest lease');
      invariant(counts.received === counts.raw + counts.deadLettered, 'every reception has exactly one fate');
      writeUnderLease(database, lease, () => commitIngest(database, lease, commit));
    },
  };
}

function commitIngest(database: Database, lease: Lease, commit: IngestCommit): void {
  const { counts } = commit;
  const { topic } = lease.scope;
  commitTables(database, lease, commit.tables);
  if (commit.progress !== null) moveSource(database, commit.progress, commit.expectedOffset);
  const stored = storeDeadLetters(database, commit.deadLetters);
  invariant(stored === counts.deadLettered, 'every dead letter counted is a new one');
  closeReplayed(database, lease, commit);
  const next = withIntake(readCheckpoint(database, topic), counts, {
    isReplay: commit.replayed.length > 0,
    halt: commit.halt ?? null,
    endsAcceptance: commit.endsAcceptance ?? false,
  });
  writeCheckpoint(database, next);
  countIntake(database, topic, dayOf(commit.committedAt), counts);
}

function closeReplayed(
  database: Database,
  { owner }: Lease,
  { replayed: ids, repair, committedAt }: IngestCommit,
): void {
  const closing = { at: committedAt, by: owner, reason: null, repair: repair ?? null };
  const closed = closeDeadLetters(database, ids, 'replayed', closing);
  if (closed === ids.length) return;
  throw new LeanOpsError('CHECKPOINT_CONFLICT', {
    operation: 'replaying dead letters',
    detail: `${ids.length - closed} of ${ids.length} are no longer open`,
  });
}
