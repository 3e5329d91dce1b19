import { isDeepStrictEqual } from 'node:util';
import type { Topic } from '../../contract/model.ts';
import { formOf } from '../../semantic/batch-form.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Place } from '../place.ts';
import { versionOf } from './contract-version.ts';

/**
 * Whether older snapshots must be removed after the batch: it replaces the tables, and they show something that the
 * intent's contract and key hide or no longer hold.
 */
export async function purgesHistory(
  place: Place,
  checkpoint: Checkpoint,
  intent: Intent,
  after: Topic,
): Promise<boolean> {
  if (formOf(intent).startsFrom !== 'empty' || checkpoint.contractVersion === null) return false;
  if (checkpoint.maskingKeyFingerprint !== intent.maskingKeyFingerprint) return true;
  const { topic: before } = await versionOf(place, intent.topic, checkpoint.contractVersion);
  return before.columns.some(({ path, masking }) => {
    return !after.columns.some((now) => isDeepStrictEqual([now.path, now.masking], [path, masking]));
  });
}
