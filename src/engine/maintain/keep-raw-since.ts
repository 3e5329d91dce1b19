import { LeanOpsError } from '../../errors/error.ts';
import type { Micros } from '../../raw/record.ts';
import type { Home } from '../home.ts';
import { registeredTopic } from '../semantic/registered-topic.ts';

const MICROS_PER_SECOND = 1_000_000n;

/** RAW rows received before may go: as the contract's file says, else the latest registered version; null: none, ever. */
export async function keepRawSince(home: Home, topic: string): Promise<Micros | null> {
  const { retentionSeconds } = await contractOf(home, topic);
  return retentionSeconds === null ? null : home.clock() - BigInt(retentionSeconds) * MICROS_PER_SECOND;
}

/** A topic whose file is gone keeps its rows as it last said. */
async function contractOf(home: Home, topic: string): Promise<{ readonly retentionSeconds: number | null }> {
  try {
    return (await home.contract(topic)).topic;
  } catch (error) {
    if (!(error instanceof LeanOpsError && error.code === 'TOPIC_UNKNOWN')) throw error;
    const latest = await home.store.latestContract(topic);
    return latest === null ? { retentionSeconds: null } : registeredTopic(latest);
  }
}
