import { type Cursor, show } from './cursor.ts';
import type { MutedDrift } from './model.ts';

/** More muted paths than this mean that the contract is wrong. */
const MAX_MUTED = 1_000;

/** Reads the custom property driftMuted: a list of maps with a path, and a kind if only one kind is muted. */
export function readDriftMuted(at: Cursor | undefined): readonly MutedDrift[] {
  const items = at?.list() ?? [];
  if (items.length > MAX_MUTED)
    at?.fail(`more than ${MAX_MUTED} muted paths`, 'Correct the contract instead.');
  return items.flatMap((item) => {
    if (!item.map(['path', 'kind'])) return [];
    const path = item.need('path', 'a path as `lean-ops drift` shows it', 'Name the path.')?.text() ?? null;
    const kindAt = item.get('kind');
    const kind = kindAt?.text() ?? null;
    if (kind !== null && !/^[A-Z_]+$/.test(kind))
      kindAt?.fail(`${show(kind)} is not a kind of drift`, 'Write it as `lean-ops drift` shows it.');
    return path === null ? [] : [{ path, kind }];
  });
}

/** Whether drift of this path and kind is muted. */
export function isMuted(muted: readonly MutedDrift[], path: string, kind: string): boolean {
  return muted.some((each) => each.path === path && (each.kind === null || each.kind === kind));
}
