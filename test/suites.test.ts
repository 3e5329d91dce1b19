import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { suite, test } from 'node:test';
import { listFiles } from './support/source-files.ts';

const ROOT = join(import.meta.dirname, '..');
/** Scripts of package.json that each run a part of the tests; together they run every test file once. */
const PARTS = ['test', 'test:embedded', 'test:engines', 'test:aws', 'test:terraform', 'test:long'];
/** `npm run test:fast` runs the tests of these folders of src. Those of `sql` need an engine and take minutes. */
const FAST = ['errors', 'base', 'contract', 'raw', 'semantic', 'iceberg', 'quality', 'state', 'pipeline'];
/** Waits for a fixed time, or polls. A test waits with test/support/until.ts, which has a deadline. */
const TIMER =
  /\bsetTimeout\b|\bsetInterval\b|timers\/promises|Atomics\.wait|\bAbortSignal\.timeout|\bsleep\(/;
/** Files that may use a timer, each with its reason. */
const MAY_USE_TIMERS: Readonly<Record<string, string>> = {
  'bench/standing.ts': 'samples the memory of a running process',
  'test/crash/bad-workspace.test.ts': 'interrupts a command at moments spread over its whole run',
  'test/crash/privacy.test.ts': 'lets a command throw at moments spread over its run',
  'test/duckdb/query.test.ts': 'aborts a query that would take minutes, while it runs',
  'test/duckdb/session.test.ts': 'interrupts a statement that would take minutes, while it runs',
  'test/engines/workspace.test.ts': 'Python code polls for a file, with a deadline',
  'test/long/random-kills.test.ts': 'kills a command at random moments',
  'test/support/until.ts': 'polls for every other test, with a deadline',
};

const scripts: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
).scripts;
const tests = listFiles(ROOT, 'test').filter((path) => path.endsWith('.test.ts'));

suite('suites', () => {
  test('every test file belongs to exactly one script', () => {
    const misplaced = tests
      .map((path) => [path, ...PARTS.filter((script) => isRunBy(path, script))])
      .filter((found) => found.length !== 2);
    assert.deepEqual(misplaced, []);
  });

  test('CI runs every script', () => {
    const ci = readFileSync(join(ROOT, '.ci', 'run'), 'utf8');
    const left = PARTS.filter((script) => !ci.includes(script === 'test' ? 'npm cit' : `npm run ${script}`));
    assert.deepEqual(left, []);
  });

  test('test:fast runs the tests of the pure folders, and nothing else from a folder', () => {
    const inFast = tests.filter((path) => path.split('/').length > 2 && isRunBy(path, 'test:fast'));
    assert.deepEqual(
      inFast,
      tests.filter((path) => FAST.includes(path.split('/')[1] ?? '')),
    );
    assert.ok(isRunBy('test/structure.test.ts', 'test:fast'));
  });

  test('no wait for a fixed time, and none without a deadline', () => {
    const found = ['test', 'bench']
      .flatMap((folder) => listFiles(ROOT, folder))
      .filter((path) => /\.(ts|mjs|py)$/.test(path) && TIMER.test(readFileSync(join(ROOT, path), 'utf8')));
    assert.deepEqual(
      found.filter((path) => MAY_USE_TIMERS[path] === undefined),
      [],
      'wait with test/support/until.ts',
    );
    const gone = Object.keys(MAY_USE_TIMERS).filter((path) => !found.includes(path));
    assert.deepEqual(gone, [], 'these no longer use a timer');
  });
});

/** Patterns of a script stand between double quotes. */
function isRunBy(path: string, script: string): boolean {
  const patterns = [...(scripts[script] ?? '').matchAll(/"([^"]+)"/g)].map(([, pattern]) => pattern ?? '');
  return patterns.some((pattern) => matchesGlob(path, pattern));
}
