import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadAllCommands } from '../../src/cli/commands.ts';
import { withAwsCodes } from '../../src/cli/pages/aws-codes.ts';
import { commandsPage } from '../../src/cli/pages/commands-page.ts';
import { compatibilityPage } from '../../src/cli/pages/compatibility-page.ts';
import { errorsPage } from '../../src/cli/pages/errors-page.ts';

const read = (page: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'docs', page), 'utf8');

suite('generated pages', () => {
  test('docs/commands.md is what `npm run docs` writes', async () => {
    assert.equal(read('commands.md'), commandsPage(await loadAllCommands()));
  });

  test('docs/errors.md is what `npm run docs` writes', () => {
    assert.equal(read('errors.md'), errorsPage());
  });

  test('docs/compatibility.md is what `npm run docs` writes', () => {
    assert.equal(read('compatibility.md'), compatibilityPage());
  });

  test('the table of codes in docs/aws.md is what `npm run docs` writes', () => {
    assert.equal(read('aws.md'), withAwsCodes(read('aws.md')));
  });
});
