import type { FileFacts } from '../../test/support/source-files.ts';
import { withoutComments } from './texts.ts';

/** Two places with equal code; the places are `path:line`. */
export interface Duplicate {
  /** Equal lines of code: imports, comments, blank lines and lone punctuation do not count. */
  readonly lines: number;
  readonly left: string;
  readonly right: string;
}

export interface DuplicateFigures {
  readonly pairs: number;
  readonly lines: number;
  /** The ten largest, largest first. */
  readonly largest: readonly Duplicate[];
}

interface CodeLine {
  readonly text: string;
  readonly number: number;
}

interface Listing {
  readonly path: string;
  readonly code: readonly CodeLine[];
}

interface Window {
  readonly listing: Listing;
  readonly at: number;
}

/** Shorter runs are mostly idiom: a signature, a guard, a return. */
const MIN_LINES = 6;
const SHOWN = 10;

/** Finds every longest run of at least MIN_LINES equal lines in two different files. Three copies are three pairs. */
export function findDuplicates(files: readonly FileFacts[]): DuplicateFigures {
  const windows = new Map<string, Window[]>();
  for (const file of files) {
    const listing = { path: file.path, code: codeLines(file.text) };
    for (let at = 0; at + MIN_LINES <= listing.code.length; at += 1) {
      const key = listing.code
        .slice(at, at + MIN_LINES)
        .map(textOf)
        .join('\n');
      windows.set(key, [...(windows.get(key) ?? []), { listing, at }]);
    }
  }
  const found = [...windows.values()].flatMap(pairsOf);
  return {
    pairs: found.length,
    lines: found.reduce((sum, { lines }) => sum + lines, 0),
    largest: found.sort((left, right) => right.lines - left.lines).slice(0, SHOWN),
  };
}

function codeLines(text: string): readonly CodeLine[] {
  return withoutComments(text)
    .replace(/^(?:import|export [{*])[^;]*;/gm, (statement) => statement.replace(/[^\n]/g, ''))
    .split('\n')
    .map((line, at) => ({ text: line.trim().replace(/\s+/g, ' '), number: at + 1 }))
    .filter((line) => /\w/.test(line.text));
}

function textOf(line: CodeLine): string {
  return line.text;
}

function pairsOf(equal: readonly Window[]): readonly Duplicate[] {
  return equal.flatMap((left, at) =>
    equal
      .slice(at + 1)
      .filter((right) => right.listing !== left.listing && startsRun(left, right))
      .map((right) => ({
        lines: runLength(left, right),
        left: placeOf(left),
        right: placeOf(right),
      })),
  );
}

/** A run that is longer to the front has been counted there. */
function startsRun(left: Window, right: Window): boolean {
  const before = left.listing.code[left.at - 1];
  return before === undefined || before.text !== right.listing.code[right.at - 1]?.text;
}

function runLength(left: Window, right: Window): number {
  let length = MIN_LINES;
  for (;;) {
    const next = left.listing.code[left.at + length];
    if (next === undefined || next.text !== right.listing.code[right.at + length]?.text) return length;
    length += 1;
  }
}

function placeOf({ listing, at }: Window): string {
  return `${listing.path}:${listing.code[at]?.number}`;
}
