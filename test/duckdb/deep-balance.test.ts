import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deepBalance } from '../../src/duckdb/batch/deep-balance.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { prepareRowDelta } from '../../src/iceberg/row-delta.ts';
import { loadTable } from '../../src/iceberg/table.ts';
import { swapTable } from '../../src/state/sqlite/catalog.ts';
import { Database } from '../../src/state/sqlite/database.ts';
import { context, deletesWhere } from '../iceberg/workbench.ts';
import { type Workbench, workbench } from '../support/workbench.ts';
import { ID, wrappedContract } from '../support/wrapped-contract.ts';

const contract = (digits: number, ...more: readonly string[]): string =>
  wrappedContract([
    ID,
    `{ name: amount, logicalType: number, physicalType: "decimal(${digits},2)", required: true }`,
    ...more,
  ]);

const thing = (id: string, time: bigint, amount: number | string) => {
  return { id: `${id}${time}`, time, payload: JSON.stringify({ id, amount }) };
};

async function withBench(task: (bench: Workbench) => Promise<void>): Promise<void> {
  const bench = await workbench(contract(4));
  try {
    await bench.putRaw([
      thing('a', 10n, 1),
      thing('b', 10n, 'no'),
      thing('c', 10n, 1234.5),
      thing('d', 10n, 5),
    ]);
    await bench.run();
    await task(bench);
  } finally {
    await bench.close();
  }
}

const deep = ({ workspace, engine }: Workbench) => deepBalance(workspace, engine, 'things');

/** Takes rows out of the table behind the back of the ledger. */
async function damage(bench: Workbench, condition: string): Promise<void> {
  const { workspace, engine } = bench;
  const table = await loadTable(localFiles, workspace.catalog, { namespace: 'semantic', name: 'things' });
  assert.ok(table !== null);
  const folder = workspace.paths.warehouse;
  const deleteFiles = await deletesWhere({ folder, engine, close: bench.close }, table, condition);
  const prepared = await prepareRowDelta(localFiles, table, { dataFiles: [], deleteFiles }, context());
  const database = new Database(workspace.paths.database);
  database.write(() => swapTable(database, prepared.swap));
  database.close();
}

suite('deep balance', () => {
  test('what is derived again from RAW equals the tables', () =>
    withBench(async (bench) => {
      const balance = await deep(bench);
      assert.deepEqual([balance?.status, balance?.rows, balance?.reason], ['equal', 2, null]);
    }));

  test('a missing row is named by its key', () =>
    withBench(async (bench) => {
      await damage(bench, "id = 'd'");
      const balance = await deep(bench);
      assert.deepEqual([balance?.status, balance?.differing, balance?.keys], ['different', 1, ['d']]);
    }));

  test('what an earlier contract version decided is not a difference, and is reported', () =>
    withBench(async (bench) => {
      // Under two more digits, c's amount would be valid; b is refused again.
      await bench.contract(contract(6, '{ name: more, logicalType: string }'));
      await bench.putRaw([thing('e', 20n, 4321.5), thing('b', 20n, 'no')]);
      await bench.run();
      const balance = await deep(bench);
      assert.deepEqual(
        [balance?.status, balance?.rows, balance?.differing, balance?.differingErrors],
        ['partial', 1, 0, 0],
      );
      assert.match(balance?.reason ?? '', /^2 rows and 2 rejected rows come from earlier contract versions/);
    }));

  test('a row that an earlier version rejected is compared once it is sent again; a lost row is still named', () =>
    withBench(async (bench) => {
      await bench.contract(contract(6));
      await bench.putRaw([thing('c', 10n, 1234.5), thing('f', 20n, 6)]);
      await bench.run();
      assert.equal((await deep(bench))?.status, 'partial');
      await damage(bench, "id = 'f'");
      const balance = await deep(bench);
      assert.deepEqual([balance?.status, balance?.keys], ['different', ['f']]);
    }));

  test('a rebuild leaves nothing of an earlier version', () =>
    withBench(async (bench) => {
      await bench.contract(contract(6));
      await bench.rebuild();
      const balance = await deep(bench);
      assert.deepEqual([balance?.status, balance?.rows], ['equal', 3]);
    }));
});
