import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepBalance } from '../../../src/duckdb/batch/deep-balance.ts';
import { openEngine } from '../../../src/duckdb/engine/engine.ts';
import { explainTopic } from '../../../src/duckdb/explain/explain.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { redrivable, redrive } from '../../../src/embedded/jobs/redrive.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { remedyOf } from '../../../src/errors/remedy.ts';
import type { RedriveSelection } from '../../../src/semantic/intent.ts';
import type { RawRow } from '../../sql/harness.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { wrappedContract } from '../../support/wrapped-contract.ts';

/** `limit`: what amounts may reach; a higher one is the fix that lets rejected rows in. */
const contract = (limit: number): string =>
  wrappedContract(
    [
      '{ name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: restricted, customProperties: [{ property: masking, value: hash }] }',
      `{ name: amount, logicalType: integer, criticalDataElement: true, logicalTypeOptions: { maximum: ${limit} } }`,
      '{ name: part, logicalType: string, required: true }',
      '{ name: note, logicalType: string }',
    ],
    { version: `1.0.${limit}` },
  );

const EVERYTHING: RedriveSelection = { code: null, messageId: null };
const never = new AbortController().signal;

function redriveOn(bench: Workbench, selection = EVERYTHING) {
  return redrive(bench.workspace, 'things', selection, {
    signal: never,
    faults: NO_FAULTS,
    engine: async () => bench.engine,
    onPhase: () => undefined,
  });
}

async function assertBalanced(bench: Workbench): Promise<void> {
  const { status, equations } = await measureBalance(bench.workspace, 'things');
  const off = equations.filter(({ residual }) => residual !== 0);
  assert.deepEqual([status, off], ['balanced', []]);
  const deep = await deepBalance(bench.workspace, bench.engine, 'things');
  assert.notEqual(deep?.status, 'different', JSON.stringify(deep));
}

/** Rows but for what the batch and its version decide. */
async function tableRows(bench: Workbench): Promise<readonly string[]> {
  const rows = await bench.rows('things', 'id');
  return rows.map(({ _batch_id, _contract_version, ...row }) =>
    JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );
}

async function unstamped(bench: Workbench): Promise<readonly string[]> {
  const rows = await bench.rows('things_errors', 'error_id');
  return rows.filter((row) => row.redriven_batch_id === null).map((row) => String(row.error_id));
}

const row = (id: string, time: bigint, amount: number | null, more = ''): RawRow => ({
  id,
  time,
  payload: `{"id":"${id[0]}"${amount === null ? '' : `,"amount":${amount}`},"part":"p"${more}}`,
});

test('after a contract fix rejected rows are processed again and stamped, and the topic is balanced', async () => {
  const bench = await workbench(contract(10));
  try {
    await bench.putRaw([
      row('a1', 10n, 5),
      row('a2', 20n, 50),
      row('b1', 10n, 50),
      row('b1', 10n, 50),
      row('c1', 10n, 500),
      row('d1', 10n, null),
      row('e1', 10n, 50),
      row('e2', 20n, 5),
    ]);
    const first = await bench.run();
    assert.deepEqual([first.counts.inserted, first.counts.rejected, first.counts.duplicate], [2, 5, 1]);
    // Under the version that rejected them they would be rejected again.
    assert.deepEqual(
      await redrivable(bench.workspace, 'things', EVERYTHING, { engine: async () => bench.engine }),
      [],
    );
    assert.equal((await redriveOn(bench)).batchId, null);
    await bench.contract(contract(100));
    const found = await redrivable(bench.workspace, 'things', EVERYTHING, {
      engine: async () => bench.engine,
    });
    assert.deepEqual(found, [
      { codes: 'ABOVE_MAXIMUM', rows: 4 },
      { codes: 'CDE_MISSING', rows: 1 },
    ]);
    assert.equal((await bench.workspace.store.contractVersions('things')).length, 1);
    const { counts, ...result } = await redriveOn(bench);
    assert.deepEqual([result.chosen, result.redriven, result.unreachable, result.rows], [5, 5, 0, 3n]);
    // a2 updates a1, b1 is inserted, e1 is older than e2; c1 and d1 fail again, with findings of the new version.
    assert.deepEqual(counts, {
      rawRows: 0,
      inserted: 1,
      updated: 1,
      duplicate: 0,
      superseded: 0,
      stale: 1,
      rejected: -3,
    });
    await assertBalanced(bench);
    const errors = await bench.rows('things_errors', 'message_id, contract_version');
    assert.deepEqual(
      errors.map((each) => [each.message_id, each.contract_version, each.redriven_batch_id]),
      [
        ['a2', 1, result.batchId],
        ['b1', 1, result.batchId],
        ['c1', 1, result.batchId],
        ['c1', 2, null],
        ['d1', 1, result.batchId],
        ['d1', 2, null],
        ['e1', 1, result.batchId],
      ],
    );
    assert.equal((await redriveOn(bench)).batchId, null);
    const before = [await tableRows(bench), await unstamped(bench)];
    await bench.rebuild();
    assert.deepEqual([await tableRows(bench), await unstamped(bench)], before);
    await assertBalanced(bench);
  } finally {
    await bench.close();
  }
});

test('explain shows which rows are still rejected, and which batch processed the others', async () => {
  const bench = await workbench(contract(10));
  const told = async (key: string): Promise<readonly string[]> => {
    const engine = await openEngine({
      memoryLimit: '512MiB',
      threads: 1,
      tempDirectory: `${bench.workspace.tempDirectory}-x`,
    });
    const question = { kind: 'message', text: key } as const;
    const found = await explainTopic(bench.workspace, engine, 'things', question);
    engine.close();
    return found.map(({ messageId, fate, batchId }) => `${messageId} ${fate} ${batchId}`);
  };
  try {
    await bench.putRaw([row('a1', 10n, 50), row('b1', 10n, null), row('c1', 10n, 50), row('c2', 20n, 5)]);
    const first = await bench.run();
    await bench.contract(contract(100));
    await bench.putRaw([row('d1', 10n, 5), row('c1', 10n, 50)]);
    const second = await bench.run();
    // The contract of today would let them in, but nobody has taken them again.
    assert.deepEqual(await told('a1'), [`a1 rejected ${first.batchId}`]);
    assert.deepEqual(await told('c1'), [`c1 rejected ${first.batchId}`, `c1 stale ${second.batchId}`]);
    const redriven = await redriveOn(bench);
    assert.deepEqual(await told('a1'), [`a1 inserted ${redriven.batchId}`]);
    assert.deepEqual(await told('b1'), [`b1 rejected ${redriven.batchId}`]);
    assert.deepEqual(
      (await told('c1')).toSorted(),
      [`c1 stale ${second.batchId}`, `c1 stale ${redriven.batchId}`].toSorted(),
    );
    assert.deepEqual(await told('d1'), [`d1 inserted ${second.batchId}`]);
  } finally {
    await bench.close();
  }
});

test('redrives by code and by message, and after a second fix', async () => {
  const bench = await workbench(contract(10));
  try {
    await bench.putRaw([row('a1', 10n, 50), row('b1', 10n, null), row('c1', 10n, 500), row('c2', 20n, 50)]);
    await bench.run();
    await bench.contract(contract(100));
    const single = await redriveOn(bench, { code: null, messageId: 'a1' });
    assert.deepEqual([single.chosen, single.counts.inserted, single.counts.rejected], [1, 1, -1]);
    await assertBalanced(bench);
    const none = await redriveOn(bench, { code: 'PATTERN_MISMATCH', messageId: null });
    assert.equal(none.chosen, 0);
    const byCode = await redriveOn(bench, { code: 'ABOVE_MAXIMUM', messageId: null });
    assert.deepEqual([byCode.chosen, byCode.counts.inserted, byCode.counts.rejected], [2, 1, -1]);
    await assertBalanced(bench);
    await bench.contract(contract(1_000));
    const rest = await redriveOn(bench);
    // c1 is older than c2; b1 fails as before.
    assert.deepEqual([rest.chosen, rest.counts.stale, rest.counts.rejected], [2, 1, -1]);
    await assertBalanced(bench);
    assert.equal((await unstamped(bench)).length, 1);
  } finally {
    await bench.close();
  }
});

test('a contract that the table cannot follow is refused with a remedy', async () => {
  const bench = await workbench(contract(10));
  try {
    await bench.putRaw([row('a1', 10n, 50), row('b1', 10n, 5)]);
    await bench.run();
    await bench.contract(
      contract(100).replace('name: note, logicalType: string', 'name: note, logicalType: date'),
    );
    await assert.rejects(redriveOn(bench), (error) => {
      assert.ok(error instanceof LeanOpsError);
      assert.equal(error.code, 'REBUILD_REQUIRED');
      assert.match(remedyOf(error, 'embedded'), /lean-ops rebuild things/);
      return true;
    });
    assert.equal((await bench.workspace.store.checkpoint('things')).intent, null);
  } finally {
    await bench.close();
  }
});

const message: fc.Arbitrary<RawRow> = fc
  .record({
    id: fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1'),
    time: fc.constantFrom(1n, 2n),
    amount: fc.constantFrom(5, 50, 500, null),
    more: fc.constantFrom('', ',"note":"n"', ',"part2":"p"', ',"note":7'),
  })
  .map(({ id, time, amount, more }) => row(id, time, amount, more));
const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 3 });
const RUNS = Number(process.env.LEAN_OPS_PROPERTY_RUNS ?? 8);

test('a redrive has the same result as a rebuild under the new contract', async () => {
  await fc.assert(
    fc.asyncProperty(batches, batches, fc.boolean(), async (early, late, byCode) => {
      const bench = await workbench(contract(10));
      try {
        for (const part of early) {
          await bench.putRaw(part);
          await bench.run();
        }
        await bench.contract(contract(100));
        if (byCode) await redriveOn(bench, { code: 'ABOVE_MAXIMUM', messageId: null });
        for (const part of late) {
          await bench.putRaw(part);
          await bench.run();
        }
        await assertBalanced(bench);
        await redriveOn(bench);
        await assertBalanced(bench);
        const redriven = [await tableRows(bench), await unstamped(bench)];
        const { totals } = await bench.workspace.store.checkpoint('things');
        await bench.rebuild();
        await assertBalanced(bench);
        assert.deepEqual(redriven, [await tableRows(bench), await unstamped(bench)]);
        const anew = (await bench.workspace.store.checkpoint('things')).totals;
        assert.deepEqual(
          [totals.outcomes.inserted, totals.outcomes.rejected, totals.outcomes.rawRows],
          [anew.outcomes.inserted, anew.outcomes.rejected, anew.outcomes.rawRows],
        );
      } finally {
        await bench.close();
      }
    }),
    { numRuns: RUNS, seed: 20261124, endOnFailure: true },
  );
});
