import type { TopicContract } from '../../contract/contract-folder.ts';
import type { Topic } from '../../contract/model.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Remedy } from '../../errors/spec.ts';
import type { Place } from '../place.ts';
import { type ContractVerdict, judgeContract } from './contract-verdict.ts';
import { registeredTopic } from './registered-topic.ts';

/** A registered contract as a topic. */
export interface ContractVersion {
  readonly version: number;
  readonly topic: Topic;
}

/**
 * The newest version of the contract in this file. A changed file is registered first if the table can take the change
 * and the contract's compatibility mode allows it. Only a rebuild registers any other change. Throws REBUILD_REQUIRED or
 * CONTRACT_INCOMPATIBLE, which list every such change.
 */
export async function newestVersion(
  place: Place,
  contract: TopicContract,
  rebuild: boolean,
): Promise<ContractVersion> {
  const { topic, text } = contract;
  const latest = await place.store.latestContract(topic.topic);
  if (latest?.hash === topic.hash) return { version: latest.version, topic };
  const verdict = rebuild ? null : await judgeContract(place, contract);
  if (verdict !== null) refuse(contract, verdict);
  const registered = await place.store.registerContract({
    topic: topic.topic,
    hash: topic.hash,
    text,
    registeredAt: place.clock(),
    expectedVersion: (verdict === null ? latest : verdict.latest)?.version ?? 0,
  });
  return { version: registered.version, topic };
}

/** The version that a stored intent names, even if the file has changed. Throws INTERNAL if it is not registered. */
export async function versionOf(place: Place, name: string, version: number): Promise<ContractVersion> {
  const registered = (await place.store.contractVersions(name)).find((each) => each.version === version);
  invariant(
    registered !== undefined,
    `version ${version} of ${name} is in an intent, but not in the registry`,
  );
  return { version, topic: registeredTopic(registered) };
}

/** The versions that earlier registered contracts gave themselves (`version` in the contract file), oldest first. */
export async function earlierVersions(
  place: Place,
  { topic, version }: ContractVersion,
): Promise<readonly string[]> {
  const versions = await place.store.contractVersions(topic.topic);
  return versions
    .filter((registered) => registered.version < version)
    .map((registered) => registeredTopic(registered).contractVersion);
}

function refuse({ topic, file }: TopicContract, judged: ContractVerdict): void {
  const { verdict, changes, incompatibilities, mode } = judged;
  if (verdict !== 'rebuild' && verdict !== 'incompatible') return;
  const rebuilds = changes.filter(({ effect }) => effect === 'rebuild').map(({ detail }) => detail);
  // A change that needs a rebuild is listed once, not again because of the mode.
  const breaks = incompatibilities
    .filter(({ change }) => verdict === 'incompatible' || change.effect !== 'rebuild')
    .map(({ change, direction, version, why }) => {
      return `${change.detail} Not ${direction} compatible with version ${version}: ${why}`;
    });
  throw new LeanOpsError(verdict === 'rebuild' ? 'REBUILD_REQUIRED' : 'CONTRACT_INCOMPATIBLE', {
    operation: `taking up the changed contract of ${topic.topic}`,
    detail: [...rebuilds, ...breaks].join('\n'),
    file,
    about: { topic: topic.topic },
    ...(verdict === 'rebuild' ? {} : { remedy: otherMode(mode) }),
  });
}

function otherMode(mode: string): Remedy {
  const choices = `Undo the change, choose a compatibility other than ${mode} in the contract, or`;
  return {
    embedded: `${choices} run \`lean-ops rebuild {topic}\`.`,
    aws: `${choices} start the state machine with \`{"topic":"{topic}","kind":"rebuild"}\`.`,
  };
}
