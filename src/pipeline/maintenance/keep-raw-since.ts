import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { registeredTopic } from '../contracts/registered-topic.ts';
import type { Place } from '../place.ts';

/**
 * RAW rows that were received before this moment may be removed, by the contract's file or, without a file, the latest
 * registered version; null: rows are kept for ever.
 */
export async function keepRawSince(place: Place, topic: string): Promise<Micros | null> {
  const { retentionSeconds } = await contractOf(place, topic);
  return retentionSeconds === null ? null : place.clock() - BigInt(retentionSeconds) * MICROS_PER_SECOND;
}

/** A topic without its file keeps the retention of its latest registered version. */
async function contractOf(
  place: Place,
  topic: string,
): Promise<{ readonly retentionSeconds: number | null }> {
  try {
    return (await place.contract(topic)).topic;
  } catch (error) {
    if (!(error instanceof LeanOpsError && error.code === 'TOPIC_UNKNOWN')) throw error;
    const latest = await place.store.latestContract(topic);
    return latest === null ? { retentionSeconds: null } : registeredTopic(latest);
  }
}
