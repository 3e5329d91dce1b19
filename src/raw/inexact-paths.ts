import type { PathSegment } from '../contract/model.ts';

/**
 * The text form of `inexact_number_paths`: paths relative to the payload, joined by one space, in order of
 * appearance, each once. A path is `/` before every segment; an array's element is `*` whatever its index.
 * In a key `~` is written `~0`, `/` `~1`, `*` `~2`, space `~3`, a control character `~x` and two hex digits. So a
 * space can't occur in a path, and SQL finds a column's path exactly:
 * `contains(' ' || inexact_number_paths || ' ', ' ' || '/total' || ' ')`.
 */
export const INEXACT_PATH_SEPARATOR = ' ';

/** Stands behind the last path where more than MAX_INEXACT_PATHS differ: every number is suspect then. */
export const INEXACT_OVERFLOW = '…';

/** Keeps the column small for a message full of long numbers; more tells a person nothing. */
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

/** A column's path as it would stand in `inexact_number_paths`. */
export function encodeInexactPath(path: readonly PathSegment[]): string {
  return path.map((segment) => (segment.kind === 'key' ? `/${encodeSegment(segment.key)}` : '/*')).join('');
}
