import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { rebuild } from '../../../src/embedded/jobs/rebuild.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { remedyOf } from '../../../src/errors/remedy.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';
import {
  assertBalanced,
  assertNothingStray,
  DAY,
  type MaintenanceBench,
  RETENTION,
  thing,
  withBench,
} from './bench.ts';

const EAGER = ['min_files: 2', 'max_snapshots: 1', 'metadata_days: 0'];

const again = ({ workspace, engine }: MaintenanceBench, keep: boolean) =>
  rebuild(
    workspace,
    'things',
    {
      signal: new AbortController().signal,
      faults: NO_FAULTS,
      engine: async () => engine,
      onPhase: () => undefined,
    },
    keep,
  );

const rowsOf = async (bench: MaintenanceBench): Promise<readonly string[]> => {
  const rows = await bench.rows('things', 'id');
  return rows.map(({ id, amount, _batch_id: batch }) => {
    return `${id} ${amount}${String(batch).startsWith('carried:') ? ' carried' : ''}`;
  });
};

/** Old rows of a key that does not return, of one whose newest version is old, and of one whose newest is young. Then they expire. */
const live = async (bench: MaintenanceBench): Promise<void> => {
  await bench.putRaw([
    thing('gone', 10n, 1),
    thing('newest', 90n, 2),
    thing('older', 10n, 3),
    thing('bad', 1n, 'no'),
  ]);
  await bench.run();
  bench.temporary.now += 5n * DAY;
  await bench.putRaw([thing('newest', 20n, 4), thing('older', 20n, 5), thing('young', 20n, 6)]);
  await bench.run();
  bench.temporary.now += 7n * DAY;
  await bench.maintain();
};

suite('a rebuild after RAW rows expired', () => {
  test('is refused without a change; with --keep-unreachable no row is lost', () =>
    withBench(
      EAGER,
      async (bench) => {
        await live(bench);
        const before = await rowsOf(bench);
        await assert.rejects(again(bench, false), (error) => {
          assert.ok(error instanceof LeanOpsError);
          assert.equal(error.code, 'RAW_EXPIRED');
          assert.match(remedyOf(error, 'embedded'), /lean-ops rebuild things --keep-unreachable/);
          return true;
        });
        assert.deepEqual(await rowsOf(bench), before);
        await assertBalanced(bench, 'partial');
        for (let round = 0; round < 2; round++) {
          await again(bench, true);
          assert.deepEqual(await rowsOf(bench), [
            'gone 1.00 carried',
            'newest 2.00 carried',
            'older 5.00',
            'young 6.00',
          ]);
          await assertBalanced(bench, 'partial');
        }
        const { gone, outcomes } = (await bench.workspace.store.checkpoint('things')).totals;
        assert.deepEqual([gone.carried, gone.unreached, gone.expired], [2, 4, 4]);
        assert.deepEqual([outcomes.inserted, outcomes.stale], [2, 1]);
        // The topic continues with a newer version of a carried row.
        await bench.putRaw([thing('gone', 95n, 7)]);
        assert.equal((await bench.run()).counts.updated, 1);
        await bench.maintain();
        assert.deepEqual(await rowsOf(bench), [
          'gone 7.00',
          'newest 2.00 carried',
          'older 5.00',
          'young 6.00',
        ]);
        await assertBalanced(bench, 'partial');
        await assertNothingStray(bench);
      },
      RETENTION,
    ));

  for (const detour of [false, true])
    test(`hides a column that is masked since${detour ? ', also after a version without it' : ''}, and refuses another key`, () =>
      withBench(
        EAGER,
        async (bench) => {
          const contract = (id: string, amount: string): string => wrappedContract([id, amount], RETENTION);
          const amount = (more = ''): string => `{ name: amount, logicalType: string${more} }`;
          const masked = (by: string): string => `, customProperties: [{ property: masking, value: ${by} }]`;
          await bench.contract(contract(ID, amount()));
          await bench.putRaw([thing('gone', 10n, 'plain')]);
          await bench.run();
          bench.temporary.now += 5n * DAY;
          await bench.putRaw([thing('young', 20n, 'plain')]);
          await bench.run();
          bench.temporary.now += 7n * DAY;
          await bench.maintain();
          await bench.contract(contract(ID.replace(' }', `${masked('hash')} }`), amount()));
          await assert.rejects(again(bench, true), /RAW_EXPIRED.*Their key has changed: .*id/);
          await bench.contract(contract(ID.replace('string', 'integer'), amount()));
          await assert.rejects(again(bench, true), /RAW_EXPIRED.*Their key has changed: .*id/);
          if (detour) {
            await bench.contract(wrappedContract([ID], RETENTION));
            await bench.putRaw([thing('later', 30n, 'plain')]);
            await bench.run();
          }
          await bench.contract(contract(ID, amount(masked(detour ? 'hash' : 'redact'))));
          await again(bench, true);
          const [gone, ...others] = await rowsOf(bench);
          assert.equal(gone, 'gone null carried');
          for (const row of others)
            assert.match(row, detour ? /^(young|later) [0-9a-f]{64}$/ : /^young \*+$/);
          assert.equal(others.length, detour ? 2 : 1);
          await assertBalanced(bench, 'partial');
        },
        RETENTION,
      ));
});
