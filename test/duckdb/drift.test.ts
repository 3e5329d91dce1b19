import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type DriftFinding, readDrift } from '../../src/duckdb/drift/drift.ts';
import { type Workbench, withWorkbench } from '../support/workbench.ts';
import { ID, wrappedContract } from '../support/wrapped-contract.ts';

const contract = (...more: readonly string[]): string =>
  wrappedContract([ID, '{ name: amount, logicalType: integer }', ...more]);

const HOUR = 3_600_000_000n;

const withBench = (task: (bench: Workbench) => Promise<void>): Promise<void> =>
  withWorkbench(contract(), task);

const read = (bench: Workbench): Promise<readonly DriftFinding[]> =>
  readDrift(bench.workspace, ['things'], new AbortController().signal);
const rowsOf = async (bench: Workbench) =>
  (await read(bench)).map(({ kind, path, rows, share }) => [kind, path, rows, share]);

async function batch(bench: Workbench, ...payloads: readonly string[]): Promise<void> {
  const rows = payloads.map((payload, index) => {
    return { id: `${bench.temporary.now}-${index}`, time: bench.temporary.now + BigInt(index), payload };
  });
  await bench.putRaw(rows);
  await bench.run();
}

suite('drift', () => {
  test('one finding per path and kind over all batches, with share and times', () =>
    withBench(async (bench) => {
      assert.deepEqual(await read(bench), []);
      const first = bench.temporary.now;
      await batch(bench, '{"id":"a","extra":1}', '{"id":"b","extra":"secret"}', '{"id":"c"}', '{"id":"d"}');
      bench.temporary.now += HOUR;
      await batch(bench, '{"id":"e","extra":1}', '{"id":"f","amount":"x"}', '{"id":"g"}', '{"id":"h"}');
      const found = await read(bench);
      assert.deepEqual(
        found.map(({ kind, path, rows, share }) => [kind, path, rows, share]),
        [
          ['UNKNOWN_PATH', 'extra', 3, 3 / 8],
          ['TYPE_MISMATCH', 'amount', 1, 1 / 8],
          ['MISSING_PATH', 'amount', 7, 7 / 8],
        ],
      );
      assert.deepEqual(
        found.map(({ firstSeen, lastSeen }) => [firstSeen, lastSeen]),
        [
          [first, first + HOUR],
          [first + HOUR, first + HOUR],
          [first, first + HOUR],
        ],
      );
      assert.equal(found[0]?.sample, 'number(1)');
      assert.doesNotMatch(
        JSON.stringify(found, (_, value) => String(value)),
        /secret/,
      );
    }));

  test('a rebuild reads every row again, and rows count once', () =>
    withBench(async (bench) => {
      const first = bench.temporary.now;
      await batch(bench, '{"id":"a","extra":1,"other":1}', '{"id":"b"}');
      bench.temporary.now += HOUR;
      await bench.contract(contract('{ name: other, logicalType: integer }'));
      await bench.rebuild();
      assert.deepEqual(await rowsOf(bench), [
        ['UNKNOWN_PATH', 'extra', 1, 1 / 2],
        ['MISSING_PATH', 'amount', 2, 1],
        ['MISSING_PATH', 'other', 1, 1 / 2],
      ]);
      bench.temporary.now += HOUR;
      await batch(bench, '{"id":"c","extra":1}', '{"id":"d"}');
      assert.deepEqual((await rowsOf(bench))[0], ['UNKNOWN_PATH', 'extra', 2, 2 / 4]);
      const [finding] = await read(bench);
      assert.deepEqual([finding?.firstSeen, finding?.lastSeen], [first, first + 2n * HOUR]);
    }));
});
