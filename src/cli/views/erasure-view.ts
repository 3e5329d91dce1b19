import type { Erasure } from '../../state/erasure.ts';
import { instant } from '../terminal/words.ts';

/** A receipt of an erasure, for --json. It contains no personal data. */
export function erasureJson({
  topic,
  keyHash,
  begunAt,
  endedAt,
  counts,
  unreadableLetters,
  snapshots,
}: Erasure) {
  return {
    topic,
    key_hash: keyHash,
    begun_at: instant(begunAt),
    ended_at: endedAt === null ? null : instant(endedAt),
    raw_rows: counts.rawRows,
    semantic_rows: counts.semanticRows,
    rejected_rows: counts.errorRows,
    dead_letters: counts.deadLetters,
    unreadable_letters: unreadableLetters,
    snapshots,
  };
}
