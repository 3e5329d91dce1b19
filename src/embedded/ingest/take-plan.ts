import { LeanOpsError } from '../../errors/error.ts';
import type { SourceProgress } from '../../state/source.ts';
import type { SourceIdentity } from './source-identity.ts';

/** What is to be done with a file, seen what was taken before. */
export type TakePlan =
  | { readonly kind: 'new' }
  /** Goes on behind `progress.offset`, once the bytes before it have proved to be the same. */
  | { readonly kind: 'resume'; readonly progress: SourceProgress }
  | { readonly kind: 'already-taken'; readonly progress: SourceProgress };

export interface EdgeHashes {
  readonly firstHash: string;
  readonly lastHash: string;
}

/**
 * `candidates`: sources of the topic that share path, inode or first bytes, newest first. `edgesAt` gives the
 * file's edge hashes as they would be, had it ended at a size ≤ its own. Throws FILE_CHANGED where the path was
 * read before and holds something else now.
 */
export function planTake(
  file: SourceIdentity,
  candidates: readonly SourceProgress[],
  edgesAt: (size: bigint) => EdgeHashes,
): TakePlan {
  // A copy elsewhere is a file of its own; a moved one keeps its inode, a restored one its path.
  const related = candidates.filter(({ path, inode }) => path === file.path || inode === file.inode);
  const same = related.find((known) => isAt(known, file.size, file));
  if (same !== undefined) return { kind: same.complete ? 'already-taken' : 'resume', progress: same };
  const grown = related.find(
    (known) => known.size < file.size && isAt(known, known.size, edgesAt(known.size)),
  );
  if (grown !== undefined) return { kind: 'resume', progress: grown };
  const before = candidates.find(({ path }) => path === file.path);
  if (before === undefined) return { kind: 'new' };
  // What ended in damage was fetched again: the place of the last commit decides.
  if (!before.complete && before.firstHash === file.firstHash) return { kind: 'resume', progress: before };
  throw new LeanOpsError('FILE_CHANGED', {
    operation: 'looking up the input',
    detail: `${file.path} was read before and holds something else now`,
  });
}

function isAt(known: SourceProgress, size: bigint, { firstHash, lastHash }: EdgeHashes): boolean {
  return known.size === size && known.firstHash === firstHash && known.lastHash === lastHash;
}
