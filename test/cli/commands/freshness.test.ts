import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';
import { at, outcomeOf } from '../outcome.ts';

const CONTRACT = wrappedContract([ID]);

suite('freshness and drift', () => {
  test('states with their exit codes, findings with their shapes', async () => {
    const bench = await workbench(CONTRACT);
    const run = (...argv: readonly string[]) => outcomeOf(bench.temporary.root, ...argv);
    try {
      const empty = await run('freshness');
      assert.deepEqual([empty.exit, at(empty.json, 'topics', 0, 'state')], [0, 'NO_DATA_YET']);
      assert.deepEqual(await run('drift'), { exit: 0, json: { drift: [], muted: 0 }, lines: ['no drift'] });

      const now = BigInt(Date.now()) * 1000n;
      bench.temporary.now = now;
      await bench.putRaw([{ id: 'a', time: now - 60_000_000n, payload: '{"id":"a","extra":"secret"}' }]);
      await bench.run();
      const fresh = await run('freshness', 'things');
      assert.deepEqual([fresh.exit, at(fresh.json, 'topics', 0, 'state')], [0, 'FRESH']);
      assert.equal(at(fresh.json, 'topics', 0, 'oldest_unprocessed_at'), null);
      assert.equal(at(fresh.json, 'topics', 0, 'late_seconds'), 14_400);

      const { json, lines } = await run('drift');
      assert.deepEqual(
        ['path', 'kind', 'rows', 'share'].map((name) => at(json, 'drift', 0, name)),
        ['extra', 'UNKNOWN_PATH', 1, 1],
      );
      assert.doesNotMatch(`${JSON.stringify(json)}${lines.join('')}`, /secret/);

      await bench.contract('kind: Nonsense\n');
      const unknown = await run('freshness');
      assert.deepEqual([unknown.exit, at(unknown.json, 'topics', 0, 'state')], [1, 'UNKNOWN']);
      assert.match(unknown.lines.join('\n'), /things is unknown: the service level/);
    } finally {
      await bench.close();
    }
  });

  test('an upstream that went silent is exit 1', async () => {
    const bench = await workbench(CONTRACT);
    try {
      await bench.putRaw([{ id: 'a', time: 1n, payload: '{"id":"a"}' }]);
      await bench.run();
      const { exit, json } = await outcomeOf(bench.temporary.root, 'freshness');
      assert.deepEqual([exit, at(json, 'topics', 0, 'state')], [1, 'UPSTREAM_SILENT']);
    } finally {
      await bench.close();
    }
  });
});
