import type { PathSegment } from '../contract/model.ts';

/**
 * The text form of `inexact_number_paths`: distinct paths relative to the payload, in order of appearance,
 * separated by one space. Each segment of a path starts with `/`; every array element is `*`. Keys escape `~`
 * as `~0`, `/` as `~1`, `*` as `~2`, space as `~3` and a control character as `~x` with two hex digits. A
 * path therefore contains no space, and SQL finds a column's path exactly: `contains(' ' ||
 * inexact_number_paths || ' ', ' ' || '/total' || ' ')`.
 */
export const INEXACT_PATH_SEPARATOR = ' ';

/**
 * Follows the last path if there are more than MAX_INEXACT_PATHS. Every number of the row is suspect then.
 */
export const INEXACT_OVERFLOW = '…';

/** Keeps the column small if a message is full of long numbers. More paths would not help a reader. */
export const MAX_INEXACT_PATHS = 64;

const SPECIAL = /[~/* \u0000-\u001f\u007f]/g;

const ESCAPES: Readonly<Record<string, string>> = { '~': '~0', '/': '~1', '*': '~2', ' ': '~3' };

/** A key as a segment of a path. */
export function encodeSegment(key: string): string {
  return key.replace(
    SPECIAL,
    (char) => ESCAPES[char] ?? `~x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** A column's path as `inexact_number_paths` writes it. */
export function encodeInexactPath(path: readonly PathSegment[]): string {
  return path.map((segment) => (segment.kind === 'key' ? `/${encodeSegment(segment.key)}` : '/*')).join('');
}
