import { relative } from 'node:path';

/** The path for people: relative if it is below the current folder, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const inside = relative(cwd, path);
  return inside.startsWith('..') ? path : inside || '.';
}
