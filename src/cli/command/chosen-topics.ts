import { LeanOpsError } from '../../errors/error.ts';
import type { CheckpointStore } from '../../state/checkpoint.ts';

/** The part of a place that knows its topics. */
export interface Topics {
  readonly store: CheckpointStore;
  readonly topicNames: () => Promise<readonly string[]>;
}

/** The topics of the call, each once; all if it names none. Throws TOPIC_UNKNOWN, which lists the known topics. */
export async function chosenTopics(workspace: Topics, asked: readonly string[]): Promise<readonly string[]> {
  const known = await workspace.topicNames();
  const unknown = asked.find((topic) => !known.includes(topic));
  if (unknown !== undefined) throw unknownTopic(unknown, known);
  return asked.length === 0 ? known : [...new Set(asked)];
}

function unknownTopic(topic: string, known: readonly string[]): LeanOpsError {
  return new LeanOpsError('TOPIC_UNKNOWN', {
    operation: 'choosing topics',
    detail: `there is no topic ${topic}; ${known.length === 0 ? 'no topic exists' : `known topics: ${known.join(', ')}`}`,
    about: { topic },
  });
}

/** As `chosenTopics`, but includes topics without a contract file that have state: their figures stay visible. */
export async function stateTopics(workspace: Topics, asked: readonly string[]): Promise<readonly string[]> {
  const stored = (await workspace.store.checkpoints()).map(({ topic }) => topic);
  const known = [...new Set([...(await workspace.topicNames()), ...stored])].sort();
  const unknown = asked.find((topic) => !known.includes(topic));
  if (unknown !== undefined) throw unknownTopic(unknown, known);
  return asked.length === 0 ? known : [...new Set(asked)];
}
