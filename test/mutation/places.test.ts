import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readDeclarations } from './declarations.ts';
import { MUTATION_GROUPS } from './groups.ts';
import { locate } from './mutation.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** `npm run test:mutation` makes the changes, which takes minutes. A refactoring needs to know sooner what it broke. */
suite('mutations', () => {
  test('each finds exactly one place', () => {
    const declarations = readDeclarations(ROOT);
    const refused = MUTATION_GROUPS.flatMap(({ mutations }) =>
      mutations.flatMap((mutation) => {
        const place = locate(declarations, mutation);
        return place.kind === 'refused' ? [place.reason] : [];
      }),
    );
    assert.deepEqual(refused, []);
  });

  test('each names test files that exist', () => {
    const missing = MUTATION_GROUPS.flatMap(({ tests }) =>
      tests.filter((file) => !existsSync(join(ROOT, file))),
    );
    assert.deepEqual(missing, []);
  });
});
