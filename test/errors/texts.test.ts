import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { suite, test } from 'node:test';
import { workspacePaths } from '../../src/embedded/workspace/paths.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { remedyFor, remedyOf } from '../../src/errors/remedy.ts';
import { sentences } from '../../src/errors/sentences.ts';
import type { PlaceName, Remedy } from '../../src/errors/spec.ts';
import { ERRORS, type ErrorCode } from '../../src/errors/taxonomy.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const CODES = Object.keys(ERRORS) as ErrorCode[];
const PLACES: readonly PlaceName[] = ['embedded', 'aws'];
const NAMES = { topic: 'orders', id: '3f0c' };
/** Of STYLE: longer sentences are hard to read at night. */
const MAX_WORDS = 25;

/** Every text of the table that a reader may see, with names filled in. */
const TEXTS = CODES.flatMap((code) => [
  { code, text: ERRORS[code].meaning },
  ...PLACES.map((place) => ({ code, text: remedyFor(code, place, NAMES) })),
]);

function breaking(isBroken: (text: string) => boolean): readonly string[] {
  return TEXTS.filter(({ text }) => isBroken(text)).map(({ code, text }) => `${code}: ${text}`);
}

suite('texts of the error taxonomy', () => {
  test('a meaning and a remedy are whole sentences, ended once', () => {
    assert.deepEqual(
      breaking((text) => !/^[A-Z`p].*[^.\s]\.$/.test(text)),
      [],
    );
  });

  test(`no sentence has more than ${MAX_WORDS} words`, () => {
    const long = (text: string): boolean =>
      text.split(/(?<=[.!?])\s+/).some((sentence) => sentence.split(/\s+/).length > MAX_WORDS);
    assert.deepEqual(breaking(long), []);
  });

  test('no remedy shows a placeholder if its names are known', () => {
    assert.deepEqual(
      breaking((text) => /\b(TOPIC|ID|FILE|DIR|COMMAND|NAME)\b|<\w+>|\{(topic|id)\}|…/.test(text)),
      [],
    );
  });

  test('a name that is not known is shown as in the help', () => {
    assert.match(remedyFor('REBUILD_REQUIRED', 'embedded'), /`lean-ops rebuild TOPIC`/);
    assert.match(remedyFor('DEAD_LETTER_DAMAGED', 'aws'), /`lean-ops dlq replay ID --with/);
  });

  test('nothing that an error prints has doubled punctuation', () => {
    const details = ['the table is missing', 'The table is missing.', 'is it missing?', 'one\ntwo.'];
    const printed = CODES.flatMap((code) =>
      PLACES.flatMap((place) =>
        details.map((detail) => {
          const error = new LeanOpsError(code, { operation: 'reading', detail });
          return sentences(error.message, ERRORS[code].meaning, remedyOf(error, place, NAMES));
        }),
      ),
    );
    assert.deepEqual(
      printed.filter((text) => /[.,;:!?]\s*[.,;:!?]|\s[.,;:]/.test(text)),
      [],
    );
  });

  test('single messages have one remedy for both places', () => {
    const different = CODES.filter((code) => ERRORS[code].class === 'data').filter(
      (code) => remedyFor(code, 'embedded') !== remedyFor(code, 'aws'),
    );
    assert.deepEqual(different, []);
  });
});

suite('remedies', () => {
  test('a file that a remedy names exists in the place of the reader', () => {
    const root = '/workspace';
    const inWorkspace = new Set(Object.values(workspacePaths(root)).map((path) => relative(root, path)));
    const isThere: Readonly<Record<PlaceName, (path: string) => boolean>> = {
      embedded: (path) => inWorkspace.has(path) || path === `topics/${NAMES.topic}.odcs.yaml`,
      aws: (path) => existsSync(join(REPOSITORY, path)),
    };
    const paths = (text: string): readonly string[] =>
      [...text.matchAll(/(?<![\w.-])(?:[a-z-]+\/[\w./-]*|[\w-]+\.(?:md|yaml|db))/gi)].map(([path]) =>
        path.replace(/[./]+$/, ''),
      );
    const missing = CODES.flatMap((code) =>
      PLACES.filter((place) => place === 'embedded' || hasOwnForAws(ERRORS[code].remedy)).flatMap((place) =>
        paths(remedyFor(code, place, NAMES))
          .filter((path) => !isThere[place](path))
          .map((path) => `${code}, ${place}: ${path}`),
      ),
    );
    assert.deepEqual(missing, []);
  });

  test("only what AWS raises has a remedy of AWS's own", () => {
    const unused = CODES.filter((code) => hasOwnForAws(ERRORS[code].remedy)).filter(
      (code) => ERRORS[code].shownOnAws === undefined,
    );
    assert.deepEqual(unused, []);
  });

  test("an error's own remedy and names go before those of the table and the command", () => {
    const error = (remedy?: Remedy) =>
      new LeanOpsError('REBUILD_REQUIRED', {
        operation: 'x',
        detail: 'y',
        about: { topic: 'things' },
        ...(remedy === undefined ? {} : { remedy }),
      });
    assert.match(remedyOf(error(), 'embedded', NAMES), /rebuild things/);
    assert.equal(remedyOf(error('Wait for {topic}.'), 'aws', NAMES), 'Wait for things.');
    assert.equal(remedyOf(error({ embedded: 'Here.', aws: 'There.' }), 'aws'), 'There.');
  });
});

function hasOwnForAws(remedy: Remedy): boolean {
  return typeof remedy !== 'string';
}

suite('sentences', () => {
  test('each part is ended once, whether it brings its own full stop or not', () => {
    assert.equal(sentences('One', 'Two.', ' Three? ', '', 'four'), 'One. Two. Three? four.');
  });
});
