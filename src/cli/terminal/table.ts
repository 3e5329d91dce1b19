import { count } from './words.ts';

/** The value of a cell. Numbers are aligned right. */
export type Cell = string | number | bigint | null;

const GAP = '  ';
/** Colour codes as terminal.ts writes them. */
const STYLES = /\u001b\[\d+m/g;
const CONTROL = /\u001b\[\d+m|[\u0000-\u001f\u007f-\u009f]/g;

/** Lines of a table. Each column is as wide as its widest cell; columns of numbers are aligned right. null is an empty cell. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] {
  const texts = rows.map((row) => head.map((_, column) => text(row[column] ?? null)));
  const widths = head.map((title, column) =>
    texts.reduce((widest, row) => Math.max(widest, width(row[column] ?? '')), width(title)),
  );
  const numeric = head.map(
    (_, column) =>
      rows.some((row) => isNumber(row[column])) && rows.every((row) => isNumberOrNull(row[column])),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, numeric[column] === true))
      .join(GAP)
      .trimEnd();
  return [line(head), line(widths.map((size) => '─'.repeat(size))), ...texts.map(line)];
}

/** Lines of `name  value`, with the values aligned. */
export function pairs(rows: readonly (readonly [string, string])[]): readonly string[] {
  const size = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => `${pad(name, size, false)}${GAP}${value}`);
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || typeof cell === 'bigint';
}

function isNumberOrNull(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined || isNumber(cell);
}

/** Replaces line breaks and control characters, which would break the table or control the terminal. */
function text(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return count(cell);
  return String(cell).replace(CONTROL, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The width in terminal cells. Wide East Asian characters and emoji take two. */
function width(value: string): number {
  let cells = 0;
  for (const char of value.replace(STYLES, ''))
    cells += /\p{Mn}|\u200d|\ufe0f/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return cells;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function pad(value: string, size: number, right: boolean): string {
  const fill = ' '.repeat(Math.max(size - width(value), 0));
  return right ? fill + value : value + fill;
}
