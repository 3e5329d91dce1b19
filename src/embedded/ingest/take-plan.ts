import { LeanOpsError } from '../../errors/error.ts';
import type { SourceProgress } from '../../state/source.ts';
import type { SourceIdentity } from './source-identity.ts';

/** What to do with a file, given what was ingested before. */
export type TakePlan =
  | { readonly kind: 'new' }
  /** Continue at `progress.offset` after a check that the bytes before it are the same. */
  | { readonly kind: 'resume'; readonly progress: SourceProgress }
  | { readonly kind: 'already-taken'; readonly progress: SourceProgress };

export interface EdgeHashes {
  readonly firstHash: string;
  readonly lastHash: string;
}

/**
 * Decides what to do with a file. `candidates`: sources of the topic with the same path, inode or first bytes, newest
 * first. `edgesAt` returns the file's edge hashes as if it ended at a smaller size. Throws FILE_CHANGED if the path was
 * read before and its content changed.
 */
export function planTake(
  file: SourceIdentity,
  candidates: readonly SourceProgress[],
  edgesAt: (size: bigint) => EdgeHashes,
): TakePlan {
  // A copy is another file. A moved file keeps its inode; a restored file keeps its path.
  const related = candidates.filter(({ path, inode }) => path === file.path || inode === file.inode);
  const same = related.find((known) => isAt(known, file.size, file));
  if (same !== undefined) return { kind: same.complete ? 'already-taken' : 'resume', progress: same };
  const grown = related.find(
    (known) => known.size < file.size && isAt(known, known.size, edgesAt(known.size)),
  );
  if (grown !== undefined) return { kind: 'resume', progress: grown };
  const before = candidates.find(({ path }) => path === file.path);
  if (before === undefined) return { kind: 'new' };
  // A damaged file was fetched again, so the offset of the last commit decides.
  if (!before.complete && before.firstHash === file.firstHash) return { kind: 'resume', progress: before };
  throw new LeanOpsError('FILE_CHANGED', {
    operation: 'looking up the input',
    detail: `${file.path} was read before, and its content changed`,
  });
}

function isAt(known: SourceProgress, size: bigint, { firstHash, lastHash }: EdgeHashes): boolean {
  return known.size === size && known.firstHash === firstHash && known.lastHash === lastHash;
}
