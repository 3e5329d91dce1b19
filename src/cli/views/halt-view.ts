import type { TopicHalt } from '../../state/halt.ts';
import { count, instant, moment } from '../terminal/words.ts';

/** A halt, for --json. */
export function haltJson({ work, at, bad, of, share }: TopicHalt) {
  return { work, at: instant(at), bad, of, budget_share: share };
}

/** "112 of 1,000 messages became dead letters on 2026-03-01 …". */
export function haltText({ work, at, bad, of }: TopicHalt): string {
  const what = work === 'ingest' ? 'messages became dead letters' : 'rows were rejected';
  return `${count(bad)} of ${count(of)} ${what} (${moment(at)})`;
}
