import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openEngine } from '../../../src/duckdb/engine/engine.ts';
import { explainTopic } from '../../../src/duckdb/explain/explain.ts';
import { type MaintenanceBench, thing, withBench } from './bench.ts';

/** Uses an engine of its own, like the command. */
const fates = async ({ workspace }: MaintenanceBench, key: string): Promise<readonly string[]> => {
  const { tempDirectory } = workspace;
  const engine = await openEngine({ memoryLimit: '512MiB', threads: 1, tempDirectory });
  try {
    const found = await explainTopic(workspace, engine, 'things', { kind: 'key', text: key });
    return found.map(({ messageId, fate, because }) =>
      `${messageId} ${fate} ${because?.messageId ?? ''}`.trim(),
    );
  } finally {
    engine.close();
  }
};

/** Two versions in the first batch, then a newer and an older one, then one that waits. */
const deliver = async (bench: MaintenanceBench): Promise<void> => {
  await bench.putRaw([thing('k', 10n, 1), thing('k', 20n, 2), thing('other', 10n, 1)]);
  await bench.run();
  await bench.putRaw([thing('k', 30n, 3)]);
  await bench.run();
  await bench.putRaw([thing('k', 5n, 4)]);
  await bench.run();
};

suite('explain, after maintenance', () => {
  test('returns the same answer as long as the snapshots are kept', () =>
    withBench(['min_files: 2'], async (bench) => {
      await deliver(bench);
      const before = await fates(bench, 'k');
      assert.deepEqual(before, [
        'k@5 stale k@30',
        'k@10 superseded k@20',
        'k@20 inserted',
        'k@30 updated k@20',
      ]);
      await bench.maintain();
      assert.deepEqual(await fates(bench, 'k'), before);
      await bench.putRaw([thing('k', 40n, 5)]);
      assert.deepEqual(await fates(bench, 'k'), [...before, 'k@40 backlog']);
      await bench.run();
      assert.deepEqual(await fates(bench, 'k'), [...before, 'k@40 updated k@30']);
    }));

  test('says if batches are no longer known, and knows the later ones', () =>
    withBench(['min_files: 2', 'max_snapshots: 1'], async (bench) => {
      await deliver(bench);
      await bench.maintain();
      const old = ['k@5 processed k@30', 'k@10 processed k@30', 'k@20 processed k@30', 'k@30 processed'];
      assert.deepEqual(await fates(bench, 'k'), old);
      await bench.putRaw([thing('k', 40n, 5), thing('k', 35n, 5)]);
      await bench.run();
      await bench.putRaw([thing('k', 50n, 5)]);
      const newer = ['k@35 superseded k@40', 'k@40 updated k@30', 'k@50 backlog'];
      assert.deepEqual(await fates(bench, 'k'), [...old, ...newer]);
      await bench.run();
      await bench.rebuild();
      assert.deepEqual((await fates(bench, 'k')).at(-1), 'k@50 inserted');
    }));
});
