import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { codeSpans, readPages } from '../support/pages.ts';
import { listFiles, readSourceFiles } from '../support/source-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = [
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/walks.md',
  'docs/decisions.md',
  'docs/glossary.md',
];
/** The least number of functions that the walks name: fewer would not lead through the code. */
const MIN_FUNCTIONS = 20;

/** A code span `path#name`: a function, class, method or exported constant of a source file. */
interface Reference {
  readonly page: string;
  readonly path: string;
  readonly name: string;
}

suite('the walks through the code', () => {
  const references = readPages(ROOT)
    .filter(({ path }) => PAGES.includes(path))
    .flatMap(({ path: page, text }) =>
      codeSpans(text).flatMap((span): readonly Reference[] => {
        const [, path = '', name = ''] = /^([\w./-]+\.(?:ts|mts|mjs|py))#(\w+)$/.exec(span) ?? [];
        return path === '' ? [] : [{ page, path, name }];
      }),
    );

  test('they name functions', () => {
    assert.ok(references.length >= MIN_FUNCTIONS, `${references.length} functions`);
  });

  test('every file that they name exists, and defines the function', () => {
    const files = new Map(readSourceFiles(ROOT).map((file) => [file.path, file]));
    const others = new Set(listFiles(ROOT, ''));
    const missing = references.filter(({ path, name }) => {
      const file = files.get(path);
      if (file === undefined) return !others.has(path);
      const defined = [...file.functions, ...file.exports].map((fact) => fact.name);
      return !defined.includes(name);
    });
    assert.deepEqual(
      missing.map(({ page, path, name }) => `${page}: ${path}#${name}`),
      [],
    );
  });
});
