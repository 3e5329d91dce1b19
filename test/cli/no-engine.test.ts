import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { librariesOf, openBench, succeed } from '../crash/harness.ts';

const loadsDuckDb = (libraries: readonly string[]): boolean => libraries.some((path) => /duckdb/i.test(path));

/** What works from stored facts must answer at once, and where the engine does not even load. */
suite('the engine is not started', () => {
  test('by freshness, status and balance, but by query', async () => {
    const bench = openBench();
    try {
      const root = bench.workspace('facts', ['earthquakes']);
      await succeed(root, 'run');
      for (const command of ['freshness', 'status', 'balance'])
        assert.equal(loadsDuckDb(await librariesOf(root, bench.folder, command)), false, command);
      assert.equal(loadsDuckDb(await librariesOf(root, bench.folder, 'query', 'SELECT 1')), true, 'query');
    } finally {
      bench.remove();
    }
  });
});
