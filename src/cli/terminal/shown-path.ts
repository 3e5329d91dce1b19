import { relative } from 'node:path';

/** The shorter way to say where something is: relative to the current folder if below it, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const inside = relative(cwd, path);
  return inside.startsWith('..') ? path : inside || '.';
}
