import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BATCH_FORMS, BATCH_KINDS, formOf } from '../../src/semantic/batch-form.ts';
import type { BatchKind } from '../../src/semantic/intent.ts';
import { readSourceFiles } from '../support/source-files.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const KINDS: readonly string[] = BATCH_KINDS;

/** Where code still names a kind, with the reason. A new kind of batch does not compile there until it is named too. */
const NAMES_KINDS: Readonly<Record<string, string>> = {
  'src/state/checkpoint.ts': 'an exhaustive switch: how each kind must continue the checkpoint',
  'src/aws/control/next-batch.ts': 'an exhaustive switch over the requests, which differ in their fields',
  'src/cli/views/contract-verdict-view.ts': 'the verdict about a contract has a value of the same name',
};

const named = KINDS.join('|');
/** `kind === 'rebuild'`, either way round, and `case 'rebuild':`. */
const COMPARES = new RegExp(
  `\\bkind\\b\\)?\\s*[!=]==\\s*'(?:${named})'|'(?:${named})'\\s*[!=]==\\s*[\\w.?]*\\bkind\\b`,
  'g',
);
const CASE = new RegExp(`\\bcase '(?:${named})':`);

suite('forms of batches', () => {
  test('every kind has a frozen form', () => {
    assert.deepEqual(KINDS, ['incremental', 'rebuild', 'redrive'] satisfies readonly BatchKind[]);
    assert.ok(Object.isFrozen(BATCH_FORMS) && Object.values(BATCH_FORMS).every(Object.isFrozen));
    assert.equal(formOf({ kind: 'rebuild' }), BATCH_FORMS.rebuild);
  });

  test('a batch that starts from empty tables reads all of RAW and replaces both tables', () => {
    for (const { startsFrom, reads, takes, rowsCommit, errorsCommit } of Object.values(BATCH_FORMS)) {
      const isEmpty = startsFrom === 'empty';
      assert.equal(rowsCommit === 'replace', isEmpty);
      assert.equal(errorsCommit === 'replace', isEmpty);
      if (isEmpty) assert.deepEqual([reads, takes], ['all', 'every-row']);
    }
  });

  test('only a batch that takes rejected rows stamps them', () => {
    for (const { takes, errorsCommit } of Object.values(BATCH_FORMS))
      assert.equal(errorsCommit === 'stamp', takes === 'rejected-rows');
  });

  test('no source compares a kind with a literal; switches that do are listed', () => {
    const sources = readSourceFiles(ROOT).filter(({ path }) => path.startsWith('src/'));
    const compares = sources.flatMap(({ path, text }) =>
      [...text.matchAll(COMPARES)].map(([found]) => `${path}: ${found}`),
    );
    assert.deepEqual(compares, []);
    const switches = sources.filter(({ text }) => CASE.test(text)).map(({ path }) => path);
    assert.deepEqual(switches.sort(), Object.keys(NAMES_KINDS).sort());
  });
});
