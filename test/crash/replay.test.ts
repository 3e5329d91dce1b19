import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { FAULT_POINTS } from '../../src/embedded/faults.ts';
import {
  assertDeeplyBalanced,
  assertSameContent,
  type Content,
  soundContent,
  withOpened,
} from './content.ts';
import { type Bench, dieAt, openBench, succeed } from './harness.ts';

/** In the order in which a replay passes them. At the last one, everything is committed. */
const POINTS = [
  ...[1, 2, 3].map((count) => `state:before-commit#${count}`),
  ...FAULT_POINTS.filter((point) => point.startsWith('ingest:')),
];

const REPAIRED =
  '{"messageId":"REPAIRED/placed","publishTime":"2024-02-03T02:10:32Z","payload":{"idempotency_key":"r","order_id":"ORD-009999"}}';

/**
 * Every open dead letter by its position in the input. Positions are the same in every workspace, ids are
 * not.
 */
async function openIds(root: string): Promise<readonly string[]> {
  return withOpened(root, async ({ store }) => {
    const { items } = await store.deadLetters({ topic: 'orders', status: 'open' }, 1_000, null);
    const place = (source: string): number => Number(source.split('@')[1]);
    return [...items].sort((a, b) => place(a.source) - place(b.source)).map(({ id }) => id);
  });
}

/** If a replay is killed anywhere, each chosen dead letter is replayed exactly once. */
suite('a killed replay', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.remove());

  const replays = async (
    root: string,
    kill: (argv: readonly string[]) => Promise<void>,
  ): Promise<Content> => {
    await succeed(root, 'run');
    const [first = '', ...rest] = await openIds(root);
    assert.ok(rest.length > 20);
    const file = join(bench.folder, 'repaired.json');
    writeFileSync(file, REPAIRED);
    for (const argv of [
      ['dlq', 'replay', first, '--with', file, '--yes'],
      ['dlq', 'replay', ...rest, '--yes'],
    ]) {
      await kill(argv);
      await succeed(root, ...argv);
      await succeed(root, ...argv);
    }
    await succeed(root, 'run');
    await assertDeeplyBalanced(root);
    return soundContent(root);
  };

  test('loses no dead letter and replays none twice', async () => {
    const expected = await replays(bench.workspace('undisturbed', ['orders']), async () => undefined);
    const letters = expected.get('dead letters of orders') ?? [];
    const count = (status: string): number => letters.filter((each) => each.includes(`"${status}"`)).length;
    // All but the repaired one fail again, because their bodies did not change.
    assert.equal(count('open'), count('replayed') - 1);
    const root = bench.workspace('killed', ['orders']);
    const found = await replays(root, async (argv) => {
      for (const point of POINTS) await dieAt(root, point, ...argv);
    });
    assertSameContent(found, expected, 'replay');
  });
});
