import { suite, test } from 'node:test';
import { FAULT_POINTS } from '../../src/embedded/faults.ts';
import { assertDeeplyBalanced, assertSameContent, soundContent } from './content.ts';
import { dieAt, eager, openBench, succeed } from './harness.ts';

const POINTS = FAULT_POINTS.filter((point) => point.startsWith('maintain:'));

/**
 * If maintenance is killed at any instant, no row changes, the next maintenance finishes it, and no file is
 * left over.
 */
suite('killed maintenance', () => {
  test('repeatedly, at every fault point', async () => {
    const bench = openBench();
    try {
      const root = bench.workspace('maintained', ['orders']);
      eager(root);
      await succeed(root, 'run');
      await succeed(root, 'run', `orders=${bench.late}`);
      const expected = await soundContent(root);
      for (const point of POINTS) {
        await dieAt(root, point, 'maintain');
        // A reader may find any state that a kill leaves.
        await succeed(root, 'balance');
        await succeed(root, 'query', 'SELECT count(*) AS n FROM semantic.orders');
      }
      await dieAt(root, 'maintain:after-prepared#2', 'maintain');
      await succeed(root, 'maintain');
      assertSameContent(await soundContent(root), expected, 'after maintenance');
      await assertDeeplyBalanced(root);
      await succeed(root, 'run', `orders=${bench.late}`);
      assertSameContent(await soundContent(root), expected, 'and nothing is taken twice');
    } finally {
      bench.remove();
    }
  });
});
