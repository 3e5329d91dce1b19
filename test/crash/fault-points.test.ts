import { after, before, suite, test } from 'node:test';
import { FAULT_POINTS } from '../../src/embedded/faults.ts';
import { assertDeeplyBalanced, assertSameContent, type Content, soundContent } from './content.ts';
import { type Bench, dieAt, openBench, succeed } from './harness.ts';

const IN_INGEST = FAULT_POINTS.filter((point) => point.startsWith('ingest:'));
const IN_BATCH = FAULT_POINTS.filter((point) => point.startsWith('semantic:'));

const IN_RUN = FAULT_POINTS.filter((point) => !/^(maintain|purge|forget):/.test(point));

/**
 * If a run is killed at any instant, the next run ends with exactly the content of an undisturbed one. Both
 * water balances are balanced, and no unreferenced file is left.
 */
suite('killed at a fault point', { concurrency: 2 }, () => {
  let bench: Bench;
  /** The content of an undisturbed workspace. */
  let afterFirst: Content;
  let afterSecond: Content;
  let afterRebuild: Content;

  before(async () => {
    bench = openBench();
    const root = bench.workspace('undisturbed');
    await succeed(root, 'run');
    afterFirst = await soundContent(root);
    await succeed(root, 'run', `orders=${bench.late}`);
    afterSecond = await soundContent(root);
    await succeed(root, 'rebuild', 'orders');
    afterRebuild = await soundContent(root);
  });
  after(() => bench.remove());

  const assertAsUndisturbed = async (root: string, expected: Content, what: string): Promise<void> => {
    assertSameContent(await soundContent(root), expected, what);
    await assertDeeplyBalanced(root);
  };

  test('repeatedly, in the first delivery, the second and a rebuild', async () => {
    const root = bench.workspace('over-and-over');
    const late = ['run', `orders=${bench.late}`] as const;
    for (const fault of ['scan:long-line-ended#2', 'ingest:after-commit#2', 'semantic:after-commit#1'])
      await dieAt(root, fault, 'run');
    await succeed(root, 'run');
    await assertAsUndisturbed(root, afterFirst, 'first delivery');
    for (const fault of [...IN_INGEST, ...IN_BATCH]) await dieAt(root, fault, ...late);
    await succeed(root, ...late);
    await assertAsUndisturbed(root, afterSecond, 'second delivery');
    for (const fault of IN_BATCH) await dieAt(root, fault, 'rebuild', 'orders');
    // The next run of any kind finishes a rebuild that was begun.
    await succeed(root, 'run');
    await assertAsUndisturbed(root, afterRebuild, 'rebuild');
  });

  for (const point of IN_RUN) {
    test(`${point}, in a first run`, async () => {
      const root = bench.workspace(point.replace(':', '-'), ['orders']);
      await dieAt(root, point, 'run');
      await succeed(root, 'run');
      const expected = new Map([...afterFirst].filter(([name]) => name.includes('orders')));
      // The content equals the undisturbed one, so the test above covers the deep balance.
      assertSameContent(await soundContent(root), expected, point);
    });
  }
});
