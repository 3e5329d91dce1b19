import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readChecks } from '../../../src/pipeline/figures/standing-checks.ts';
import { type Workbench, withWorkbench } from '../../support/workbench.ts';

const contract = (...rules: readonly string[]): string => `apiVersion: v3.1.0
kind: DataContract
id: things
version: 1.0.0
status: active
customProperties:
  - { property: envelope, value: wrapped }
schema:
  - name: things
    quality:
      - { metric: rowCount, name: enough, mustBeGreaterOrEqualTo: 3 }
    properties:
      - { name: id, logicalType: string, primaryKey: true }
      - name: note
        logicalType: string
        quality:
${rules.map((rule) => `          - ${rule}\n`).join('')}`;
const RULES = [
  '{ metric: nullValues, name: few nulls, unit: percent, mustBeLessThan: 50, severity: warning }',
  '{ metric: invalidValues, mustBe: 0, arguments: { validValues: [a, b] } }',
];

const withBench = (task: (bench: Workbench) => Promise<void>): Promise<void> =>
  withWorkbench(contract(...RULES), task);

async function batch(bench: Workbench, ...payloads: readonly string[]) {
  const time = bench.temporary.now;
  await bench.putRaw(
    payloads.map((payload, at) => ({ id: `${time}-${at}`, time: time + BigInt(at), payload })),
  );
  bench.temporary.now += 1_000_000n;
  return bench.run();
}

const standing = async (bench: Workbench) =>
  (await readChecks(bench.workspace, 'things')).results.map(
    ({ rule, measured, rows, passed, notPassedSince }) => {
      return [rule, measured, rows, passed, notPassedSince];
    },
  );

suite('quality rules of a contract', () => {
  test('row rules reject rows; table rules report on the table, since when, and block nothing', () =>
    withBench(async (bench) => {
      assert.deepEqual(await readChecks(bench.workspace, 'things'), {
        topic: 'things',
        batchId: null,
        checkedAt: null,
        results: [],
      });
      const first = await batch(
        bench,
        '{"id":"1","note":"a"}',
        '{"id":"2"}',
        '{"id":"3","note":"x"}',
        '{"id":"4","note":5}',
      );
      assert.deepEqual([first.counts.inserted, first.counts.rejected], [2, 2]);
      const since = bench.temporary.now;
      assert.deepEqual(await standing(bench), [
        ['enough', 2, 2, false, since],
        ['few nulls', 1, 2, false, since],
      ]);
      await batch(bench, '{"id":"2","note":"b"}');
      assert.deepEqual(await standing(bench), [
        ['enough', 2, 2, false, since],
        ['few nulls', 0, 2, true, null],
      ]);
      await batch(bench, '{"id":"5"}');
      const { batchId, checkedAt } = await readChecks(bench.workspace, 'things');
      assert.equal(batchId, (await bench.workspace.store.checkpoint('things')).batchId);
      assert.equal(checkedAt, bench.temporary.now);
      assert.deepEqual(await standing(bench), [
        ['enough', 3, 3, true, null],
        ['few nulls', 1, 3, true, null],
      ]);
    }));

  test('the order and the boundaries of batches do not change the figures', () =>
    withBench(async (bench) => {
      await batch(bench, '{"id":"1"}', '{"id":"2","note":"a"}', '{"id":"1","note":"b"}', '{"id":"3"}');
      const atOnce = await standing(bench);
      await bench.rebuild();
      assert.deepEqual(await standing(bench), atOnce);
    }));

  test('under a contract without rules there are no results, regardless of earlier batches', () =>
    withBench(async (bench) => {
      await batch(bench, '{"id":"1","note":"a"}');
      assert.equal((await standing(bench)).length, 2);
      await bench.contract(
        contract(...RULES)
          .replace(/ {4}quality:\n.*\n/, '')
          .replace(/.*few nulls.*\n/, ''),
      );
      await batch(bench, '{"id":"2","note":"a"}');
      assert.deepEqual(await standing(bench), []);
    }));

  test('a share of no rows is unknown', () =>
    withBench(async (bench) => {
      await batch(bench, '{"id":"1","note":"x"}');
      const [enough, few] = (await readChecks(bench.workspace, 'things')).results;
      assert.deepEqual(
        [enough?.passed, few?.passed, few?.reason],
        [false, null, 'the table has no rows, so there is no share'],
      );
    }));
});
