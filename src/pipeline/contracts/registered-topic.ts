import { CONTRACT_SUFFIX } from '../../contract/file-name.ts';
import { loadContract } from '../../contract/load.ts';
import type { Topic } from '../../contract/model.ts';
import { invariant } from '../../errors/error.ts';
import type { RegisteredContract } from '../../state/registry.ts';

/** The topic of a registered contract. Throws INTERNAL if it no longer loads. */
export function registeredTopic(registered: RegisteredContract): Topic {
  const file = `${registered.topic}${CONTRACT_SUFFIX}`;
  const loaded = loadContract(file, Buffer.from(registered.text));
  invariant(
    loaded.ok,
    `version ${registered.version} of ${registered.topic} was registered, but does not load`,
  );
  return loaded.topic;
}
