import { type ContractChange, classifyChange } from '../../contract/change.ts';
import { checkCompatibility, type Incompatibility } from '../../contract/compatibility.ts';
import type { TopicContract } from '../../contract/contract-folder.ts';
import type { Compatibility } from '../../contract/model.ts';
import { returningChanges } from '../../contract/returning.ts';
import type { RegisteredContract } from '../../state/registry.ts';
import type { Place } from '../place.ts';
import { registeredTopic } from './registered-topic.ts';

/** Whether a contract file would become the topic's next registered version. */
export interface ContractVerdict {
  /**
   * 'new': nothing is registered. 'unchanged': it means the same as the latest version. 'rebuild': the existing table
   * cannot take the change, whatever the compatibility mode is.
   */
  readonly verdict: 'new' | 'unchanged' | 'accepted' | 'incompatible' | 'rebuild';
  /** null: nothing is registered. */
  readonly latest: RegisteredContract | null;
  readonly mode: Compatibility;
  /** Against the latest version. A column that returns is also compared with its last form. */
  readonly changes: readonly ContractChange[];
  readonly incompatibilities: readonly Incompatibility[];
}

/** Compares the file's contract with the registered versions. Changes nothing. */
export async function judgeContract(place: Place, { topic }: TopicContract): Promise<ContractVerdict> {
  const latest = await place.store.latestContract(topic.topic);
  const plain = { latest, mode: topic.compatibility, changes: [], incompatibilities: [] };
  if (latest === null) return { ...plain, verdict: 'new' };
  if (latest.hash === topic.hash) return { ...plain, verdict: 'unchanged' };
  const versions = await place.store.contractVersions(topic.topic);
  const history = versions.filter(({ version }) => version <= latest.version).map(registeredTopic);
  const before = history.at(-1);
  const changes = [
    ...(before === undefined ? [] : classifyChange(before, topic)),
    ...returningChanges(history, topic),
  ];
  const incompatibilities = checkCompatibility(topic.compatibility, history, topic);
  const verdict = changes.some(({ effect }) => effect === 'rebuild')
    ? 'rebuild'
    : incompatibilities.length > 0
      ? 'incompatible'
      : 'accepted';
  return { ...plain, verdict, changes, incompatibilities };
}

/** The version, from 1, that the contract file is registered as or would be. Throws as `Place.contract`. */
export async function versionToCome(place: Place, topic: string): Promise<number> {
  const { verdict, latest } = await judgeContract(place, await place.contract(topic));
  const version = latest?.version ?? 0;
  return verdict === 'unchanged' ? version : version + 1;
}
