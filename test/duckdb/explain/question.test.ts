import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openEngine } from '../../../src/duckdb/engine/engine.ts';
import { explainTopic } from '../../../src/duckdb/explain/explain.ts';
import { thing, withBench } from '../../embedded/maintain/bench.ts';
import { withWorkbench } from '../../support/workbench.ts';
import { wrappedContract } from '../../support/wrapped-contract.ts';

const PERSON = 'a person of all things';

const PAIR = wrappedContract([
  '{ name: a, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }',
  '{ name: b, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 2 }',
]);

const KEYLESS = wrappedContract(['{ name: amount, logicalType: integer, required: true }']);

/** What is asked about may be personal data: a key, or a message id that contains one. */
suite('a question', () => {
  test('its text and the keys that it leads to are in no SQL text', () =>
    withBench([], async ({ workspace, putRaw, run }) => {
      await putRaw([thing(PERSON, 10n, 1), thing(PERSON, 20n, 2), thing('other', 10n, 1)]);
      await run();
      const { tempDirectory } = workspace;
      const engine = await openEngine({ memoryLimit: '512MiB', threads: 1, tempDirectory });
      try {
        await engine.run("CALL enable_logging('QueryLog')");
        for (const question of [
          { kind: 'key', text: PERSON },
          { kind: 'message', text: `${PERSON}@10` },
        ] as const)
          assert.equal((await explainTopic(workspace, engine, 'things', question)).length > 0, true);
        const logged = await engine.rows('SELECT message FROM duckdb_logs');
        assert.ok(logged.some(({ message }) => String(message).includes('CREATE TEMP TABLE asked')));
        assert.deepEqual(
          logged.filter(({ message }) => String(message).includes(PERSON)),
          [],
        );
      } finally {
        engine.close();
      }
    }));

  test('names a composite key as forget does', () =>
    withWorkbench(PAIR, async ({ workspace, engine, putRaw, run }) => {
      const payloads = [7, 8].map((b) => JSON.stringify({ a: 'x', b }));
      await putRaw(payloads.map((payload, at) => ({ id: `m${at}`, time: 1n, payload })));
      await run();
      for (const text of ['["x", 7]', 'x | 7']) {
        const found = await explainTopic(workspace, engine, 'things', { kind: 'key', text });
        assert.deepEqual(
          found.map(({ messageId, key }) => [messageId, key]),
          [['m0', 'x | 7']],
        );
      }
    }));

  test('finds rows of a topic without a primary key by their idempotency key', () =>
    withWorkbench(KEYLESS, async ({ workspace, engine, putRaw, run }) => {
      await putRaw([
        { id: 'm0', time: 1n, payload: '{"amount":1}', key: 'k' },
        { id: 'm1', time: 2n, payload: '{"amount":2}', key: 'k' },
        { id: 'm2', time: 1n, payload: '{"amount":3}', key: 'other' },
        { id: 'm3', time: 3n, payload: '{}', key: 'k' },
      ]);
      await run();
      const explained = async (kind: 'key' | 'message', text: string) => {
        const found = await explainTopic(workspace, engine, 'things', { kind, text });
        return found.map(({ messageId, key }) => `${messageId} of ${key}`);
      };
      assert.deepEqual(await explained('key', 'k'), ['m0 of k', 'm1 of k', 'm3 of k']);
      assert.deepEqual(await explained('message', 'm1'), ['m1 of k']);
    }));
});
