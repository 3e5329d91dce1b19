import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './source-files.ts';

/** A Markdown page for users or developers. */
export interface Page {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Sentence {
  /** `path:line` of its paragraph. */
  readonly place: string;
  readonly words: number;
  /** Its first words. */
  readonly start: string;
}

const PAGES = /^(?:docs\/[^/]+|examples\/README|README|ARCHITECTURE|CONTRIBUTING|CHANGELOG)\.md$/;
const STARTS_PARAGRAPH = /^\s*(?:[-*+] |\d+\. |>|$)/;
const START_WORDS = 8;

/** The pages of a checkout: README, ARCHITECTURE, CONTRIBUTING, CHANGELOG, those in docs, and the examples' README. */
export function readPages(root: string): readonly Page[] {
  return listFiles(root, '')
    .filter((path) => PAGES.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Blanks out fenced and indented code and HTML comments, so that the numbers of lines stay. */
function withoutCodeBlocks(text: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, '');
  return text
    .replace(/^( *)```[\s\S]*?^ *```|<!--[\s\S]*?-->/gm, blank)
    .replace(/(?<=\n[ \t]*\n)(?: {4}[^\n]*\n)+/g, blank);
}

/** The lines of fenced and indented code blocks; a line that ends in `\` is joined with the next. */
export function codeLines(text: string): readonly string[] {
  const blocks = [
    ...[...text.matchAll(/^( *)```\w*\n([\s\S]*?)^ *```/gm)].map(([, , block = '']) => block),
    ...[...text.matchAll(/(?<=\n[ \t]*\n)(?: {4}[^\n]*\n)+/g)].map(([block]) => block),
  ];
  return blocks.flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n')).map((line) => line.trim());
}

/** The code spans outside of code blocks. */
export function codeSpans(text: string): readonly string[] {
  return [...withoutCodeBlocks(text).matchAll(/(`+)([\s\S]*?[^`])\1(?!`)/g)].map(([, , span = '']) =>
    span.replace(/\s*\n\s*/g, ' ').trim(),
  );
}

/** The text that people read as words: without code blocks, code spans, targets of links and line breaks in cells. */
export function proseOf(text: string): string {
  return withoutLinks(withoutCodeBlocks(text).replace(/`[^`]*`/g, '`code`')).replaceAll('<br>', ' ');
}

/** All sentences of paragraphs, list items, headings and cells of tables. A code span is one word. */
export function sentencesOf(page: Page): readonly Sentence[] {
  return paragraphs(page.text).flatMap(({ line, text }) =>
    withoutLinks(text.replace(/`[^`]*`/g, '`code`'))
      .split(/(?<=[.!?]["')*_]*)\s+(?=[\p{Lu}`"'(*\d])/u)
      .map((sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)))
      .filter((words) => words.length > 0)
      .map((words) => ({
        place: `${page.path}:${line}`,
        words: words.length,
        start: words.slice(0, START_WORDS).join(' '),
      })),
  );
}

function withoutLinks(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

interface Paragraph {
  readonly line: number;
  readonly text: string;
}

function paragraphs(text: string): readonly Paragraph[] {
  const found: Paragraph[] = [];
  let isOpen = false;
  for (const [at, line] of withoutCodeBlocks(text).split('\n').entries()) {
    const isWhole = /^\s*(?:#|\|)/.test(line);
    const last = found.at(-1);
    if (last !== undefined && isOpen && !isWhole && !STARTS_PARAGRAPH.test(line)) {
      found.splice(-1, 1, { line: last.line, text: `${last.text} ${line}` });
    } else {
      found.push(...(isWhole ? line.split('|') : [line]).map((part) => ({ line: at + 1, text: part })));
      isOpen = !isWhole && line.trim() !== '';
    }
  }
  return found;
}
