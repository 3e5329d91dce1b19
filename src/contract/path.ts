import type { PathSegment } from './model.ts';

export type ParsedPath =
  | { readonly ok: true; readonly segments: readonly PathSegment[] }
  | { readonly ok: false; readonly reason: string };

/** Longest path in a contract. Messages are at most 64 levels deep. */
const MAX_SEGMENTS = 64;
const PLAIN_KEY = /^[^.[\]"\s\p{Cc}]+/u;
const INDEX = /^\[(0|[1-9]\d{0,8})\]/;
const QUOTED_KEY = /^\["((?:[^"\\]|\\["\\])*)"\]/;

/**
 * Reads the path syntax of contracts: keys joined by dots, array elements as `[0]`, and any key as `["a.b"]`, in which
 * `\"` and `\\` stand for a quote and a backslash.
 */
export function parsePath(text: string): ParsedPath {
  const segments: PathSegment[] = [];
  let rest = text;
  while (rest !== '' || segments.length === 0) {
    if (segments.length === MAX_SEGMENTS) return { ok: false, reason: `more than ${MAX_SEGMENTS} steps` };
    const index = INDEX.exec(rest);
    const quoted = QUOTED_KEY.exec(rest);
    const dotted = segments.length > 0 && rest.startsWith('.');
    const plain = segments.length === 0 || dotted ? PLAIN_KEY.exec(dotted ? rest.slice(1) : rest) : null;
    if (index?.[1] !== undefined) segments.push({ kind: 'index', index: Number(index[1]) });
    else if (quoted?.[1] !== undefined)
      segments.push({ kind: 'key', key: quoted[1].replace(/\\(.)/g, '$1') });
    else if (plain) segments.push({ kind: 'key', key: plain[0] });
    else return { ok: false, reason: `unexpected text at character ${text.length - rest.length + 1}` };
    rest = rest.slice((index ?? quoted ?? plain)?.[0].length ?? 0);
    if (dotted) rest = rest.slice(1);
  }
  const first = segments[0];
  if (first?.kind === 'index')
    return { ok: false, reason: 'a message is an object, so no path starts with an index' };
  return { ok: true, segments };
}

/** The text that `parsePath` reads back into the same segments. */
export function formatPath(segments: readonly PathSegment[]): string {
  let text = '';
  for (const segment of segments) {
    if (segment.kind === 'index') text += `[${segment.index}]`;
    else if (PLAIN_KEY.exec(segment.key)?.[0] === segment.key)
      text += text === '' ? segment.key : `.${segment.key}`;
    else text += `["${segment.key.replace(/["\\]/g, '\\$&')}"]`;
  }
  return text;
}
