import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { defaultConfig } from '../../../src/embedded/workspace/default-config.ts';
import type { RawRow } from '../../sql/harness.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

const contract = (limit: number): string =>
  wrappedContract(
    [
      ID,
      `{ name: amount, logicalType: integer, criticalDataElement: true, logicalTypeOptions: { maximum: ${limit} } }`,
    ],
    { version: `1.0.${limit}` },
  );

let made = 0;
/** So many rows, of which the first `bad` break the contract with a maximum of 10. */
function rows(count: number, bad: number): readonly RawRow[] {
  return Array.from({ length: count }, (_, at) => {
    made += 1;
    return {
      id: `m${made}`,
      time: BigInt(made),
      payload: `{"id":"k${made}","amount":${at < bad ? 50 : 5}}`,
    };
  });
}

async function withBench(task: (bench: Workbench) => Promise<void>): Promise<void> {
  const bench = await workbench(contract(10));
  try {
    const config = defaultConfig({}).replace('\n  rejected_share: 0.5', '\n  rejected_share: 0.2');
    await writeFile(bench.workspace.paths.config, config);
    await task(bench);
  } finally {
    await bench.close();
  }
}

async function figures(bench: Workbench): Promise<readonly unknown[]> {
  const { status, equations } = await measureBalance(bench.workspace, 'things');
  const terms = equations.flatMap((equation) => equation.terms);
  const value = (name: string) => terms.find((term) => term.name === name)?.value;
  return [status, value('live_rows'), value('backlog'), value('rejected')];
}

const halted = { code: 'TOPIC_HALTED' };

test('a batch beyond its budget is not committed: its rows stay backlog until a person fixes the contract', () =>
  withBench(async (bench) => {
    await bench.putRaw(rows(200, 40));
    assert.equal((await bench.run()).result, 'processed');
    await bench.putRaw(rows(99, 99));
    await bench.run();
    await bench.putRaw(rows(200, 41));
    await assert.rejects(bench.run(), halted);
    const { halt, intent } = await bench.workspace.store.checkpoint('things');
    const at = bench.temporary.now;
    assert.deepEqual([halt, intent], [{ work: 'semantic', bad: 41, of: 200, share: 0.2, at }, null]);
    assert.deepEqual(await figures(bench), ['balanced', 160, 200, 139]);
    await assert.rejects(bench.run(), halted);
    // Resumed without a change, it is judged again.
    await bench.workspace.store.resumeTopic('things', false);
    await assert.rejects(bench.run(), halted);
    await bench.workspace.store.resumeTopic('things', false);
    await bench.contract(contract(100));
    assert.deepEqual((await bench.run()).counts.inserted, 200);
    assert.deepEqual(await figures(bench), ['balanced', 360, 0, 139]);
  }));

test('a stopped batch that a person accepts is committed unchanged, once', () =>
  withBench(async (bench) => {
    await bench.putRaw(rows(100, 50));
    await assert.rejects(bench.run(), halted);
    await bench.workspace.store.resumeTopic('things', true);
    assert.deepEqual((await bench.run()).counts.rejected, 50);
    await bench.putRaw(rows(100, 50));
    await assert.rejects(bench.run(), halted);
    assert.deepEqual(await figures(bench), ['balanced', 50, 100, 50]);
  }));

test('the budget does not apply to a rebuild: it processes the stopped batch and ends the halt', () =>
  withBench(async (bench) => {
    await bench.putRaw(rows(100, 50));
    await assert.rejects(bench.run(), halted);
    assert.equal((await bench.rebuild()).counts.rejected, 50);
    assert.equal((await bench.workspace.store.checkpoint('things')).halt, null);
    assert.deepEqual(await figures(bench), ['balanced', 50, 0, 50]);
  }));
