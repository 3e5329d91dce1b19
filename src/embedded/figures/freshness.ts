import type { Micros } from '../../base/time.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { limitsOf, type TopicFreshness, tableClocks } from '../../pipeline/figures/freshness.ts';
import { type Clocks, freshnessOf, type Moment } from '../../quality/freshness.ts';
import type { SourceProgress } from '../../state/source.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * Reads a topic's three clocks from stored facts: the state, and the bounds that manifests give of every file. The
 * store hands out checkpoint and tables of one instant. Needs no engine and reads no data file.
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
 * Embedded, what is read stands in RAW or with the dead letters at once; only the rest of an input whose taking was
 * interrupted waits, since its last commit at the latest. A later input of the same path has replaced it.
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
