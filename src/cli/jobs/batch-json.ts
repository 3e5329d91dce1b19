import type { SemanticResult } from '../../embedded/jobs/semantic-work.ts';
import { EXIT } from '../command/output.ts';
import { round } from '../command/times.ts';

/** 3 if another run held the lease of a topic, so that this run did not do its work. */
export function semanticExit(results: readonly SemanticResult[]): 0 | 3 {
  return results.some(({ result }) => result === 'locked') ? EXIT.execution : EXIT.ok;
}

/** One topic in the `semantic` document. */
export function semanticJson(result: SemanticResult) {
  return {
    topic: result.topic,
    result: result.result,
    batch_id: result.batchId,
    from_snapshot_id: result.fromSnapshotId?.toString() ?? null,
    to_snapshot_id: result.toSnapshotId?.toString() ?? null,
    raw_rows: result.counts.rawRows,
    ...endJson(result),
  };
}

type BatchEnd = Pick<SemanticResult, 'counts' | 'rows' | 'seconds' | 'detail'>;

/** Members for the result of a batch of any kind: its fates, and the rows of the table now. */
export function endJson({ counts, rows, seconds, detail }: BatchEnd) {
  return {
    inserted: counts.inserted,
    updated: counts.updated,
    duplicate: counts.duplicate,
    superseded: counts.superseded,
    stale: counts.stale,
    rejected: counts.rejected,
    rows: rows === null ? null : Number(rows),
    seconds: round(seconds),
    ...(detail === null ? {} : { detail }),
  };
}
