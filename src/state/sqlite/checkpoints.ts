import { dayOf } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import {
  type Checkpoint,
  initialCheckpoint,
  withCompletion,
  withHalt,
  withIntent,
  withResume,
} from '../checkpoint.ts';
import { CHECKPOINT_ROW } from '../codec/checkpoint.ts';
import type { TableCheckpointStore } from '../table-commit.ts';
import { storeChecks } from './check-results.ts';
import { countBatch } from './counters.ts';
import type { Database } from './database.ts';
import { writeUnderLease } from './leases.ts';
import { fromRow, insertRow } from './row.ts';
import { commitTables } from './table-commit.ts';

/** Checkpoints and intents in SQLite. */
export function checkpointStore(database: Database): TableCheckpointStore {
  return {
    checkpoint: async (topic) => readCheckpoint(database, topic),
    checkpoints: async () => readCheckpoints(database),
    storeIntent: async (lease, intent) =>
      writeUnderLease(database, lease, () => {
        const next = withIntent(readCheckpoint(database, intent.topic), intent, lease);
        writeCheckpoint(database, next);
        invariant(next.intent !== null, 'the checkpoint holds the stored intent');
        return next.intent;
      }),
    completeBatch: async (lease, completion, tables) =>
      writeUnderLease(database, lease, () => {
        const { topic } = lease.scope;
        const next = withCompletion(readCheckpoint(database, topic), completion, lease);
        if (next === null) return 'already';
        if (tables !== undefined) commitTables(database, lease, tables);
        writeCheckpoint(database, next);
        countBatch(database, topic, dayOf(completion.completedAt), completion.counts);
        storeChecks(database, next, completion);
        return 'completed';
      }),
    recordNothingNew: async (topics, at) =>
      database.write(() => {
        for (const topic of topics)
          writeCheckpoint(database, { ...readCheckpoint(database, topic), checkedAt: at });
      }),
    haltTopic: async (lease, halt) =>
      writeUnderLease(database, lease, () =>
        writeCheckpoint(database, withHalt(readCheckpoint(database, lease.scope.topic), halt, lease)),
      ),
    resumeTopic: async (topic, acceptNext) =>
      database.write(() => {
        const before = readCheckpoint(database, topic);
        const next = withResume(before, acceptNext);
        if (next !== null) writeCheckpoint(database, next);
        return before.halt;
      }),
  };
}

/** The initial checkpoint if the topic has none. */
export function readCheckpoint(database: Database, topic: string): Checkpoint {
  const row = database.get('SELECT * FROM checkpoints WHERE topic_name = ?', topic);
  return row === null ? initialCheckpoint(topic) : fromRow(CHECKPOINT_ROW, 'checkpoints', row);
}

/** Every stored checkpoint, by topic. */
export function readCheckpoints(database: Database): readonly Checkpoint[] {
  return database
    .all('SELECT * FROM checkpoints ORDER BY topic_name')
    .map((row) => fromRow(CHECKPOINT_ROW, 'checkpoints', row));
}

/** Must run in the write transaction that read the checkpoint it replaces. */
export function writeCheckpoint(database: Database, checkpoint: Checkpoint): void {
  insertRow(database, 'checkpoints', CHECKPOINT_ROW.encode(checkpoint), 'is replaced');
}
