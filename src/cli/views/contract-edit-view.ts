import type { ContractEdit } from '../../embedded/contracts/drift-edit.ts';
import { shownPath } from '../terminal/shown-path.ts';
import type { Paint } from '../terminal/terminal.ts';

/** Context lines before and after a change. */
const AROUND = 2;

/** The lines that an edit adds, and the number of the first one (1-based). An edit only adds lines. */
export function addedLines({ before, after }: ContractEdit): {
  readonly line: number;
  readonly added: readonly string[];
} {
  const [old, now] = [before.split(/\r?\n/), after.split(/\r?\n/)];
  const first = now.findIndex((line, at) => line !== old[at]);
  const added = now.length - old.length;
  // A list in one line changes that line and adds no line.
  return { line: first + 1, added: now.slice(first, first + Math.max(1, added)) };
}

/** The lines that an edit removes, and the number of the first one (1-based). */
export function removedLines(edit: ContractEdit): {
  readonly line: number;
  readonly removed: readonly string[];
} {
  const { line, added } = addedLines(reversed(edit));
  return { line, removed: added };
}

/** The lines that an edit removes, with context, for people. */
export function removalLines(edit: ContractEdit, cwd: string, paint: Paint): readonly string[] {
  return linesOf(reversed(edit), cwd, (text) => paint('red', `- ${text}`));
}

/** The lines that an edit adds, with context, for people. */
export function editLines(edit: ContractEdit, cwd: string, paint: Paint): readonly string[] {
  return linesOf(edit, cwd, (text) => paint('green', `+ ${text}`));
}

function reversed(edit: ContractEdit): ContractEdit {
  return { ...edit, before: edit.after, after: edit.before };
}

function linesOf(edit: ContractEdit, cwd: string, shown: (text: string) => string): readonly string[] {
  const { line, added } = addedLines(edit);
  const lines = edit.after.split(/\r?\n/);
  const around = (from: number, to: number): readonly string[] =>
    lines.slice(Math.max(0, from), to).map((text) => `  ${text}`);
  return [
    `${shownPath(cwd, edit.file)}:${line}`,
    ...around(line - 1 - AROUND, line - 1),
    ...added.map(shown),
    ...around(line - 1 + added.length, line - 1 + added.length + AROUND),
  ];
}
