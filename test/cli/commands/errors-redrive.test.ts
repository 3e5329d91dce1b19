import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';
import { at, outcomeOf } from '../outcome.ts';

const contract = (limit: number): string =>
  wrappedContract(
    [ID, `{ name: amount, logicalType: integer, required: true, logicalTypeOptions: { maximum: ${limit} } }`],
    { version: `1.0.${limit}` },
  );

suite('errors redrive', () => {
  test('rows are previewed, processed, and listed as redriven', async () => {
    const bench = await workbench(contract(10));
    const run = (...argv: readonly string[]) => outcomeOf(bench.temporary.root, ...argv);
    try {
      const message = (id: string, amount: number) => ({
        id,
        time: 10n,
        payload: `{"id":"${id}","amount":${amount}}`,
      });
      await bench.putRaw([message('a', 5), message('b', 50), message('c', 500)]);
      await bench.run();
      assert.match((await run('errors', 'redrive', 'things')).lines.join(), /nothing to take again/);
      await bench.contract(contract(100));
      const told = await run('errors', 'redrive', 'things', '--dry-run');
      assert.deepEqual(told.json, {
        topic: 'things',
        would_redrive: [{ codes: 'ABOVE_MAXIMUM', rows: 2 }],
      });
      await assert.rejects(run('errors', 'redrive', 'things', '--code', 'NO_CODE'), { code: 'USAGE' });
      const { exit, json, lines } = await run('errors', 'redrive', 'things', '--code', 'ABOVE_MAXIMUM');
      assert.deepEqual(
        [
          exit,
          ...['chosen', 'redriven', 'unreachable', 'inserted', 'rejected', 'rows'].map((name) =>
            at(json, name),
          ),
        ],
        [0, 2, 2, 0, 1, -1, 2],
      );
      assert.match(lines.join(), /2 rejected rows processed again: inserted 1 · rejected again 1/);
      const listed = await run('errors', 'things');
      assert.deepEqual(at(listed.json, 'errors', 0, 'message_id'), 'c');
      assert.equal((at((await run('errors', 'things', '--redriven')).json, 'errors') as []).length, 3);
      assert.equal((await run('balance', '--deep')).exit, 0);
    } finally {
      await bench.close();
    }
  });
});
