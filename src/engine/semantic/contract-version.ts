import { classifyChange } from '../../contract/change.ts';
import { loadContract } from '../../contract/load.ts';
import type { Topic } from '../../contract/model.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { RegisteredContract } from '../../state/registry.ts';
import { contractFile } from '../workspace/paths.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** A registered contract with the topic that it means. */
export interface ContractVersion {
  readonly version: number;
  readonly topic: Topic;
}

/**
 * The newest version of the topic's contract. A changed file is registered first, where the table can follow;
 * a change that needs a rebuild is registered only by one. Throws REBUILD_REQUIRED with every such change.
 */
export async function newestVersion(
  workspace: Workspace,
  name: string,
  rebuild: boolean,
): Promise<ContractVersion> {
  const { topic, text } = await workspace.contract(name);
  const latest = await workspace.store.latestContract(name);
  if (latest?.hash === topic.hash) return { version: latest.version, topic };
  if (latest !== null && !rebuild) refuseRebuilds(workspace, parse(latest), topic);
  const registered = await workspace.store.registerContract({
    topic: name,
    hash: topic.hash,
    text,
    registeredAt: workspace.clock(),
    expectedVersion: latest?.version ?? 0,
  });
  return { version: registered.version, topic };
}

/** The version that a stored intent names, whatever the file says by now. */
export async function versionOf(
  workspace: Workspace,
  name: string,
  version: number,
): Promise<ContractVersion> {
  const registered = (await workspace.store.contractVersions(name)).find((each) => each.version === version);
  invariant(
    registered !== undefined,
    `version ${version} of ${name} is in an intent, but not in the registry`,
  );
  return { version, topic: parse(registered) };
}

function parse(registered: RegisteredContract): Topic {
  const file = `${registered.topic}.odcs.yaml`;
  const loaded = loadContract(file, Buffer.from(registered.text));
  invariant(
    loaded.ok,
    `version ${registered.version} of ${registered.topic} was registered, but does not load`,
  );
  return loaded.topic;
}

function refuseRebuilds(workspace: Workspace, before: Topic, after: Topic): void {
  const changes = classifyChange(before, after).filter((change) => change.effect === 'rebuild');
  if (changes.length === 0) return;
  throw new LeanOpsError('REBUILD_REQUIRED', {
    operation: `taking up the changed contract of ${after.topic}`,
    detail: changes.map((change) => change.detail).join(' '),
    file: contractFile(workspace.paths, after.topic),
    remedy: `Undo the change, or run \`lean-ops rebuild ${after.topic}\`.`,
  });
}
