import { dayOf } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import {
  type CheckpointStore,
  type CompletionAnswer,
  withCompletion,
  withHalt,
  withIntent,
  withResume,
} from '../checkpoint.ts';
import { outdatedChecks, storeChecks } from './check-results.ts';
import { countBatch } from './counters.ts';
import type { Database, Write } from './database.ts';
import { moveCheckpoint, readCheckpoint, readCheckpoints } from './move-checkpoint.ts';

/** Checkpoints and intents in DynamoDB. */
export function checkpointStore(database: Database): CheckpointStore {
  return {
    checkpoint: (topic) => readCheckpoint(database, topic),
    checkpoints: () => readCheckpoints(database),
    storeIntent: (lease, intent) =>
      moveCheckpoint(database, intent.topic, lease, (checkpoint) => {
        const next = withIntent(checkpoint, intent, lease);
        invariant(next.intent !== null, 'the checkpoint holds the stored intent');
        return { next, answer: next.intent };
      }),
    completeBatch: async (lease, completion) => {
      const { topic } = lease.scope;
      const outdated = completion.checks.length === 0 ? [] : await outdatedChecks(database, topic);
      return moveCheckpoint<CompletionAnswer>(database, topic, lease, (checkpoint) => {
        const next = withCompletion(checkpoint, completion, lease);
        if (next === null) return { next, answer: 'already' };
        const counted = countBatch(topic, dayOf(completion.completedAt), completion.counts);
        const beside = (revision: bigint): readonly Write[] => [
          { kind: 'update', ...counted },
          ...storeChecks(next, completion, revision),
          ...outdated,
        ];
        return { next, beside, answer: 'completed' };
      });
    },
    recordNothingNew: async (topics, at) => {
      for (const topic of topics) {
        await moveCheckpoint(database, topic, null, (checkpoint) => ({
          next: { ...checkpoint, checkedAt: at },
          answer: undefined,
        }));
      }
    },
    haltTopic: (lease, halt) =>
      moveCheckpoint(database, lease.scope.topic, lease, (checkpoint) => ({
        next: withHalt(checkpoint, halt, lease),
        answer: undefined,
      })),
    resumeTopic: (topic, acceptNext) =>
      moveCheckpoint(database, topic, null, (checkpoint) => ({
        next: withResume(checkpoint, acceptNext),
        answer: checkpoint.halt,
      })),
  };
}
