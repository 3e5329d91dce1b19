import type { SemanticResult } from '../../embedded/jobs/semantic-work.ts';
import { duration } from '../../quality/duration.ts';
import { type Cell, table } from '../terminal/table.ts';

const FATES = ['inserted', 'updated', 'duplicate', 'superseded', 'stale', 'rejected'] as const;

/** One line per topic: the fates of its RAW rows. No lines for no topics. */
export function semanticLines(results: readonly SemanticResult[]): readonly string[] {
  if (results.length === 0) return [];
  const rows = results.map((result): Cell[] => {
    const worked = result.result === 'processed';
    return [
      result.topic,
      result.detail === null ? result.result.replaceAll('_', ' ') : `${result.result}: ${result.detail}`,
      worked ? result.counts.rawRows : null,
      ...FATES.map((fate) => (worked ? result.counts[fate] : null)),
      result.rows,
      worked ? duration(result.seconds * 1_000) : '',
    ];
  });
  return table(['topic', 'result', 'raw rows', ...FATES, 'rows', 'time'], rows);
}
