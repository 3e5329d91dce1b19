import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileFacts, listFiles } from '../../test/support/source-files.ts';

export interface References {
  readonly count: number;
  readonly files: Readonly<Record<string, number>>;
}

export interface LongSentence {
  /** `path:line` of the paragraph. */
  readonly place: string;
  readonly words: number;
  readonly start: string;
}

export interface LongSentences {
  readonly sentences: number;
  readonly long: readonly LongSentence[];
}

export interface JsonParseFigures {
  readonly calls: number;
  /** Calls whose result is neither handed to a parser nor declared `unknown`; as `path:line`. */
  readonly unchecked: readonly string[];
}

/** Endings of the files that people write. */
const WRITTEN = /(?:\.(?:ts|mts|mjs|js|py|md|tf|hcl|tfvars|example|ya?ml|sh|asl\.json)|^\.ci\/\w+)$/;
const PAGES = /^(?:docs\/[^/]+|README|ARCHITECTURE|CONTRIBUTING)\.md$/;
const STARTS_PARAGRAPH = /^\s*(?:[-*+] |\d+\. |>|$)/;
const MAX_WORDS = 40;
const START_WORDS = 8;

/** Blanks out comments that begin a line, so that the numbers of lines stay. */
export function withoutComments(text: string): string {
  return text.replace(/^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*)/gm, (comment) => comment.replace(/[^\n]/g, ''));
}

/** References to numbered sections of a design text that the repository does not hold. */
export function outsideReferences(root: string): References {
  const found = listFiles(root, '')
    .filter((path) => WRITTEN.test(path))
    .map((path) => [path, read(root, path).match(/\bDESIGN \d/g)?.length ?? 0] as const)
    .filter(([, count]) => count > 0);
  return { count: found.reduce((sum, [, count]) => sum + count, 0), files: Object.fromEntries(found) };
}

/** Sentences of more than MAX_WORDS words in the pages for users and developers, longest first. */
export function longSentences(root: string): LongSentences {
  const sentences = listFiles(root, '')
    .filter((path) => PAGES.test(path))
    .flatMap((path) => sentencesOf(path, read(root, path)));
  const long = sentences
    .filter(({ words }) => words > MAX_WORDS)
    .sort((left, right) => right.words - left.words);
  return { sentences: sentences.length, long };
}

export function uncheckedJson(files: readonly FileFacts[]): JsonParseFigures {
  const calls = files.flatMap((file) => {
    const text = withoutComments(file.text);
    return [...text.matchAll(/\bJSON\.parse\(/g)].map(({ index }) => ({
      place: `${file.path}:${text.slice(0, index).split('\n').length}`,
      isChecked: /(?:(?:parse|decode)\w*\((?:\s*[\w.]+,)?|: unknown =)\s*$/i.test(text.slice(0, index)),
    }));
  });
  return {
    calls: calls.length,
    unchecked: calls.filter(({ isChecked }) => !isChecked).map(({ place }) => place),
  };
}

interface Paragraph {
  readonly line: number;
  readonly text: string;
}

function sentencesOf(path: string, text: string): readonly LongSentence[] {
  return paragraphs(text).flatMap(({ line, text: paragraph }) =>
    plain(paragraph)
      .split(/(?<=[.!?]["')*_]*)\s+(?=[\p{Lu}`"'(*\d])/u)
      .map((sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)))
      .filter((words) => words.length > 0)
      .map((words) => ({
        place: `${path}:${line}`,
        words: words.length,
        start: words.slice(0, START_WORDS).join(' '),
      })),
  );
}

/** Paragraphs, list items, headings and cells of tables; code is left out. */
function paragraphs(text: string): readonly Paragraph[] {
  const found: Paragraph[] = [];
  let isOpen = false;
  for (const [at, line] of withoutCode(text).split('\n').entries()) {
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

/** Blanks out fenced and indented code and HTML comments, so that the numbers of lines stay. */
function withoutCode(text: string): string {
  return text
    .replace(/^(\s*)```[\s\S]*?^\s*```|<!--[\s\S]*?-->/gm, (code) => code.replace(/[^\n]/g, ''))
    .replace(/(?<=\n[ \t]*\n)(?: {4}[^\n]*\n)+/g, (code) => code.replace(/[^\n]/g, ''));
}

/** A code span is one word; of a link only its text counts. */
function plain(markdown: string): string {
  return markdown.replace(/`[^`]*`/g, '`code`').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
