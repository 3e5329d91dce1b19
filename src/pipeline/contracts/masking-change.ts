import { isDeepStrictEqual } from 'node:util';
import type { Topic } from '../../contract/model.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Place } from '../place.ts';
import { versionOf } from './contract-version.ts';

/** Whether the current table shows values that the intent's contract or key hides, or that the contract no longer has. */
export async function changesMasking(
  place: Place,
  checkpoint: Checkpoint,
  intent: Intent,
  after: Topic,
): Promise<boolean> {
  if (checkpoint.contractVersion === null) return false;
  if (checkpoint.maskingKeyFingerprint !== intent.maskingKeyFingerprint) return true;
  const { topic: before } = await versionOf(place, intent.topic, checkpoint.contractVersion);
  return before.columns.some(({ path, masking }) => {
    return !after.columns.some((now) => isDeepStrictEqual([now.path, now.masking], [path, masking]));
  });
}
