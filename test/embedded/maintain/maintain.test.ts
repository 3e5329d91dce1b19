import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { underLease } from '../../../src/embedded/workspace/held-lease.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import {
  assertBalanced,
  assertNothingStray,
  content,
  DAY,
  everything,
  history,
  liveFiles,
  tableOf,
  thing,
  withBench,
} from './bench.ts';

/** Settings under which everything is due at once. */
const EAGER = ['min_files: 2', 'max_snapshots: 1', 'metadata_days: 0'];

suite('maintenance', () => {
  test('compacts every table into one file without deletes, and no row changes', () =>
    withBench(['min_files: 2'], async (bench) => {
      for (let round = 1n; round <= 6n; round++) {
        await bench.deliver(22, round * 10n);
        await bench.run();
      }
      const before = await everything(bench);
      assert.deepEqual(await liveFiles(await tableOf(bench, 'semantic', 'things')), { data: 6, deletes: 5 });
      const { result, actions } = await bench.maintain();
      assert.equal(result, 'done');
      assert.deepEqual(
        actions.map(({ table, action }) => `${table} ${action}`),
        ['semantic.things', 'semantic.things_errors', 'semantic.things_drift', 'raw.things'].map(
          (table) => `${table} compact`,
        ),
      );
      assert.deepEqual(await everything(bench), before);
      for (const [namespace, name] of [
        ['semantic', 'things'],
        ['semantic', 'things_errors'],
        ['raw', 'things'],
      ] as const)
        assert.deepEqual(await liveFiles(await tableOf(bench, namespace, name)), { data: 1, deletes: 0 });
      assert.equal((await bench.maintain()).result, 'nothing');
      await assertBalanced(bench);
      await assertNothingStray(bench);
    }));

  test('rows that no batch has read stay in their files', () =>
    withBench(EAGER, async (bench) => {
      for (let round = 1n; round <= 4n; round++) {
        await bench.deliver(10, round * 10n);
        if (round <= 2n) await bench.run();
      }
      const before = await everything(bench);
      await bench.maintain();
      assert.deepEqual(await everything(bench), before);
      assert.deepEqual(history(await tableOf(bench, 'raw', 'things')), [
        'replace',
        'append',
        'append',
        'append',
      ]);
      await assertBalanced(bench);
      await bench.deliver(10, 50n);
      await bench.maintain();
      const { counts } = await bench.run();
      assert.deepEqual([counts.rawRows, counts.updated, counts.superseded], [30, 10, 20]);
      await assertBalanced(bench);
      await bench.maintain();
      await assertBalanced(bench);
      await assertNothingStray(bench);
      assert.deepEqual(history(await tableOf(bench, 'raw', 'things')), ['replace']);
    }));

  test('old snapshots expire by age and by number, with the files that only they need', () =>
    withBench(['snapshot_days: 5', 'max_snapshots: 4', 'min_files: 100'], async (bench) => {
      for (let round = 1n; round <= 3n; round++) {
        await bench.putRaw([thing(`a${round}`, 10n, 1)]);
        await bench.run();
      }
      assert.equal((await bench.maintain()).result, 'nothing');
      bench.temporary.now += 6n * DAY;
      const kept = async () => (await tableOf(bench, 'semantic', 'things')).metadata.snapshots.length;
      await bench.maintain();
      // The newest snapshot with a batch id always stays.
      assert.equal(await kept(), 1);
      for (let round = 4n; round <= 9n; round++) {
        await bench.putRaw([thing(`a${round}`, 10n, 1)]);
        await bench.run();
      }
      await bench.maintain();
      assert.equal(await kept(), 4);
      await assertBalanced(bench);
      await assertNothingStray(bench);
    }));

  test('a dry run changes nothing and predicts the run', () =>
    withBench(EAGER, async (bench) => {
      for (let round = 1n; round <= 3n; round++) {
        await bench.deliver(22, round * 10n);
        await bench.run();
      }
      const files = await localFiles.list(bench.workspace.paths.warehouse);
      const looked = await bench.maintain({ dryRun: true });
      assert.deepEqual(await localFiles.list(bench.workspace.paths.warehouse), files);
      const done = await bench.maintain();
      const compactions = (result: typeof done) =>
        result.actions
          .filter(({ action }) => action === 'compact')
          .map(({ table, before, after }) => [table, before, after.data_files, after.delete_files]);
      assert.deepEqual(compactions(looked), compactions(done));
      assert.ok(looked.actions.some(({ removed }) => removed.files > 0 && removed.bytes > 0));
    }));

  test('old unreferenced files are deleted; younger ones and those of open work stay', () =>
    withBench(['orphan_days: 3'], async (bench) => {
      await bench.deliver(5, 10n);
      await bench.run();
      const { location } = (await tableOf(bench, 'semantic', 'things')).metadata;
      const now = Number(bench.temporary.now / 1_000_000n);
      const put = async (name: string, days: number): Promise<string> => {
        const path = join(location, name);
        await writeFile(path, 'left behind');
        await utimes(path, now - days * 86_400, now - days * 86_400);
        return path;
      };
      const old = [await put('data/a_0.parquet', 4), await put('metadata/lost-m1.avro', 4)];
      const young = [await put('data/b_0.parquet', 2), await put('metadata/b.metadata.json', 2)];
      const { actions } = await bench.maintain();
      assert.deepEqual(
        actions.map(({ action, removed }) => [action, removed.files]),
        [['remove-orphans', 2]],
      );
      for (const path of old) assert.equal(await localFiles.exists(path), false);
      for (const path of young) assert.equal(await localFiles.exists(path), true);
      await assertBalanced(bench);
    }));

  test('a topic that another run holds is skipped', () =>
    withBench(EAGER, async (bench) => {
      await bench.deliver(5, 10n);
      await bench.run();
      await bench.deliver(5, 20n);
      await bench.run();
      const before = await localFiles.list(bench.workspace.paths.warehouse);
      await underLease(bench.workspace, { topic: 'things', work: 'semantic' }, async () => {
        const { result, detail, actions } = await bench.maintain();
        assert.deepEqual([result, actions], ['locked', []]);
        assert.match(detail ?? '', /holds the lease/);
      });
      assert.deepEqual(await localFiles.list(bench.workspace.paths.warehouse), before);
      // An ingest in progress blocks RAW only.
      await underLease(bench.workspace, { topic: 'things', work: 'ingest' }, async () => {
        const { result, actions } = await bench.maintain();
        assert.equal(result, 'locked');
        assert.ok(actions.length > 0 && actions.every(({ table }) => table !== 'raw.things'));
      });
      await assertBalanced(bench);
    }));

  test('delete files shared by large and small files are split', () =>
    withBench(['min_files: 3', 'target_file_size: 1MiB'], async (bench) => {
      // One file of more than a megabyte, then small ones that delete rows in it and in each other.
      const wide = Array.from({ length: 60_000 }, (_, at) => thing(`w${at}-${Math.sin(at)}`, 10n, at));
      await bench.putRaw([...wide, thing('k0', 10n, 1)]);
      await bench.run();
      for (let round = 2n; round <= 3n; round++) {
        await bench.putRaw([
          thing('k0', round * 10n, 5),
          thing(`n${round}`, round * 10n, 6),
          ...wide.slice(0, 1).map((row) => ({ ...row, id: `again${round}`, time: round * 10n })),
        ]);
        await bench.run();
      }
      const before = await content(bench, 'semantic', 'things');
      const { actions } = await bench.maintain();
      assert.ok(actions.some(({ table, action }) => table === 'semantic.things' && action === 'compact'));
      assert.deepEqual(await content(bench, 'semantic', 'things'), before);
      // The large file stays, and its deletes are now in a file of their own.
      assert.deepEqual(await liveFiles(await tableOf(bench, 'semantic', 'things')), { data: 2, deletes: 1 });
      await assertBalanced(bench);
      await assertNothingStray(bench);
    }));
});
