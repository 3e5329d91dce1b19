import type { Micros } from '../../base/time.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { limitsOf, type TopicFreshness, tableClocks } from '../../pipeline/figures/freshness.ts';
import { type Clocks, freshnessOf, type Moment } from '../../quality/freshness.ts';
import type { SourceProgress } from '../../state/source.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * Reads a topic's three clocks from the state and from the bounds of every file in the manifests. Checkpoint and tables
 * are of one instant. Needs no engine and reads no data file.
 */
export async function measureFreshness(place: Workspace, topic: string): Promise<TopicFreshness> {
  const limits = await limitsOf(place, topic);
  const view = await place.store.ledgerView(topic);
  const clocks: Clocks = {
    ...(await tableClocks(localFiles, view, place.clock())),
    oldestPending: oldestPending(await place.store.sources(topic)),
  };
  return {
    topic,
    clocks,
    limits: 'unknown' in limits ? null : limits,
    ...freshnessOf(clocks, limits),
  };
}

/**
 * The oldest pending input. Embedded, every message that was read is in RAW or a dead letter, so only the rest of an
 * interrupted input waits, since its last commit. A later input with the same path replaces it.
 */
function oldestPending(sources: readonly SourceProgress[]): Moment {
  const newest = new Map<string, SourceProgress>();
  for (const source of sources) {
    const other = newest.get(source.path);
    if (other === undefined || source.updatedAt > other.updatedAt) newest.set(source.path, source);
  }
  const waiting = [...newest.values()].filter(({ complete }) => !complete);
  return waiting.reduce<Micros | null>(
    (oldest, { updatedAt }) => (oldest === null || updatedAt < oldest ? updatedAt : oldest),
    null,
  );
}
