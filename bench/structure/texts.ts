import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPages, type Sentence, sentencesOf } from '../../test/support/pages.ts';
import { type FileFacts, listFiles } from '../../test/support/source-files.ts';

export interface References {
  readonly count: number;
  readonly files: Readonly<Record<string, number>>;
}

export interface LongSentences {
  readonly sentences: number;
  /** Longest first. */
  readonly long: readonly Sentence[];
}

export interface JsonParseFigures {
  readonly calls: number;
  /** Calls whose result is neither handed to a parser nor declared `unknown`; as `path:line`. */
  readonly unchecked: readonly string[];
}

/** Endings of the files that people write. */
const WRITTEN = /(?:\.(?:ts|mts|mjs|js|py|md|tf|hcl|tfvars|example|ya?ml|sh|asl\.json)|^\.ci\/\w+)$/;
const MAX_WORDS = 40;

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
  const sentences = readPages(root).flatMap(sentencesOf);
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

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
