import { isDeepStrictEqual } from 'node:util';
import type { Topic } from '../../contract/model.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Place } from '../place.ts';
import { versionOf } from './contract-version.ts';

/** Whether the table as it stands shows something that the intent's contract and key hide or no longer hold. */
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
