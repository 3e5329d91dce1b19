import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { FAULT_POINTS, FAULT_VARIABLE } from '../../src/embedded/faults.ts';
import {
  assertDeeplyBalanced,
  assertSameContent,
  type Content,
  rowsOf,
  soundContent,
} from '../crash/content.ts';
import { type Bench, call, dieAt, eager, openBench, succeed } from '../crash/harness.ts';

/** More transactions than a run of this size makes. */
const MAX_COMMITS = 80;

/**
 * test/crash kills at the first passing of each point. This suite kills at the second, and before every
 * commit of the state.
 */
suite('killed at every instant', { concurrency: 2 }, () => {
  let bench: Bench;
  let expected: Content;

  before(async () => {
    bench = openBench();
    const root = bench.workspace('undisturbed');
    await succeed(root, 'run');
    expected = await soundContent(root);
  });
  after(() => bench.remove());

  for (const point of FAULT_POINTS.filter((each) => !/^(maintain|purge|forget):/.test(each))) {
    test(`${point}, at the second passing`, async () => {
      const root = bench.workspace(point.replace(':', '-'));
      await dieAt(root, `${point}#2`, 'run');
      await succeed(root, 'run');
      assertSameContent(await soundContent(root), expected, point);
      await assertDeeplyBalanced(root);
    });
  }

  test('before each commit of the state', async () => {
    const orders = new Map([...expected].filter(([name]) => name.includes('orders')));
    let commits = 0;
    for (let alive = false; !alive; commits++) {
      assert.ok(commits < MAX_COMMITS, 'the run never ends');
      const root = bench.workspace(`commit-${commits}`, ['orders']);
      const { signal } = await call(root, ['run'], {
        [FAULT_VARIABLE]: `state:before-commit#${commits + 1}`,
      });
      alive = signal === null;
      await succeed(root, 'run');
      assertSameContent(await soundContent(root), orders, `commit ${commits + 1}`);
    }
    assert.ok(commits > 15, `a run makes ${commits} commits`);
  });

  test('before each commit of maintenance', async () => {
    const rows = rowsOf(new Map([...expected].filter(([name]) => name.includes('orders'))));
    let commits = 0;
    for (let alive = false; !alive; commits++) {
      assert.ok(commits < MAX_COMMITS, 'the maintenance never ends');
      const root = bench.workspace(`maintain-${commits}`, ['orders']);
      eager(root);
      await succeed(root, 'run');
      const { signal } = await call(root, ['maintain'], {
        [FAULT_VARIABLE]: `state:before-commit#${commits + 1}`,
      });
      alive = signal === null;
      await succeed(root, 'maintain');
      assertSameContent(rowsOf(await soundContent(root)), rows, `commit ${commits + 1}`);
    }
    assert.ok(commits > 15, `a maintenance makes ${commits} commits`);
  });
});
