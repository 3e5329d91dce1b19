import { LeanOpsError } from '../../errors/error.ts';
import type { CheckpointStore } from '../../state/checkpoint.ts';

/** What either home knows of topics. */
export interface Topics {
  readonly store: CheckpointStore;
  readonly topicNames: () => Promise<readonly string[]>;
}

/** The topics asked for, each once, or all. Throws TOPIC_UNKNOWN with what is near. */
export async function chosenTopics(workspace: Topics, asked: readonly string[]): Promise<readonly string[]> {
  const known = await workspace.topicNames();
  const unknown = asked.find((topic) => !known.includes(topic));
  if (unknown !== undefined) throw unknownTopic(unknown, known);
  return asked.length === 0 ? known : [...new Set(asked)];
}

function unknownTopic(topic: string, known: readonly string[]): LeanOpsError {
  return new LeanOpsError('TOPIC_UNKNOWN', {
    operation: 'choosing topics',
    detail: `there is no topic ${topic}; ${known.length === 0 ? 'there are none' : `known: ${known.join(', ')}`}`,
    about: { topic },
  });
}

/** As `chosenTopics`, but topics that only the state knows count too: their figures must not vanish with a file. */
export async function stateTopics(workspace: Topics, asked: readonly string[]): Promise<readonly string[]> {
  const stored = (await workspace.store.checkpoints()).map(({ topic }) => topic);
  const known = [...new Set([...(await workspace.topicNames()), ...stored])].sort();
  const unknown = asked.find((topic) => !known.includes(topic));
  if (unknown !== undefined) throw unknownTopic(unknown, known);
  return asked.length === 0 ? known : [...new Set(asked)];
}
