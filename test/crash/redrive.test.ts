import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { FAULT_POINTS } from '../../src/embedded/faults.ts';
import { assertDeeplyBalanced, assertSameContent, type Content, soundContent } from './content.ts';
import { type Bench, dieAt, openBench, succeed } from './harness.ts';

const POINTS = FAULT_POINTS.filter((point) => point.startsWith('semantic:'));

/** Accepts orders without an address. */
function fixContract(root: string): void {
  const file = join(root, 'topics', 'orders.odcs.yaml');
  const text = readFileSync(file, 'utf8');
  const fixed = text.replace(
    '          - name: email\n            logicalType: string\n            required: true\n',
    '          - name: email\n            logicalType: string\n',
  );
  assert.notEqual(fixed, text);
  writeFileSync(file, fixed);
}

/** If a redrive is killed anywhere, the next run finishes it with exactly the same rows. */
suite('a killed redrive', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.remove());

  const redriven = async (root: string, kill: () => Promise<void>): Promise<Content> => {
    await succeed(root, 'run');
    fixContract(root);
    await kill();
    await succeed(root, 'errors', 'redrive', 'orders');
    await assertDeeplyBalanced(root, 'partial');
    return soundContent(root);
  };

  test('redrives each row once', async () => {
    const expected = await redriven(bench.workspace('undisturbed', ['orders']), async () => undefined);
    const found = await redriven(bench.workspace('killed', ['orders']), async () => {
      const root = join(bench.folder, 'killed');
      for (const point of POINTS) await dieAt(root, point, 'errors', 'redrive', 'orders');
    });
    assertSameContent(found, expected, 'redrive');
    // The next run of any kind finishes a redrive that was begun. No row is lost if it chooses other rows.
    const other = await redriven(bench.workspace('other', ['orders']), async () => {
      const root = join(bench.folder, 'other');
      await dieAt(
        root,
        'semantic:after-prepared',
        'errors',
        'redrive',
        'orders',
        '--code',
        'REQUIRED_MISSING',
      );
      await succeed(root, 'semantic', 'orders');
    });
    assertSameContent(other, expected, 'redrive in two steps');
  });
});
