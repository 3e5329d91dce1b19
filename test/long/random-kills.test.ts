import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../examples/orders/random.mjs';
import {
  assertDeeplyBalanced,
  assertSameContent,
  type Content,
  rowsOf,
  soundContent,
} from '../crash/content.ts';
import { type Bench, openBench, start, succeed } from '../crash/harness.ts';

/** Workspaces, one after the other. Each is killed at least this often, in two deliveries and a rebuild. */
const SEEDS = [4711, 4712, 4713];
const KILLS = Number(process.env.LEAN_OPS_LONG_KILLS ?? 12);
/** A start takes about a third of a second, a whole run two or three seconds. */
const MIN_MS = 200;
const SPREAD_MS = 2_400;

suite('SIGKILL at random moments', () => {
  let bench: Bench;
  let expected: Content;

  before(async () => {
    bench = openBench();
    const root = bench.workspace('undisturbed');
    await succeed(root, 'run');
    await succeed(root, 'run', `orders=${bench.late}`);
    expected = rowsOf(await soundContent(root));
  });
  after(() => bench.remove());

  for (const seed of SEEDS)
    test(`${KILLS} times, seed ${seed}`, async () => {
      const root = bench.workspace(`seed-${seed}`);
      const random = randomFrom(seed);
      const late = ['run', `orders=${bench.late}`];
      let died = 0;
      for (const argv of [['run'], late, ['rebuild', 'orders']])
        while (!(await endsInTime(root, argv, MIN_MS + random.below(SPREAD_MS)))) died++;
      // Further rebuilds over the same RAW, until it was killed often enough.
      while (died < KILLS)
        if (!(await endsInTime(root, ['rebuild', 'orders'], MIN_MS + random.below(1_000)))) died++;
      await succeed(root, 'run');
      assertSameContent(rowsOf(await soundContent(root)), expected, String(seed));
      await assertDeeplyBalanced(root);
    });
});

/** Returns false if it was killed before it ended. A run that ends by itself must succeed. */
async function endsInTime(root: string, argv: readonly string[], ms: number): Promise<boolean> {
  const { child, ended } = start(root, argv);
  const stop = new AbortController();
  const timer = sleep(ms, null, { signal: stop.signal }).then(
    () => child.kill('SIGKILL'),
    () => false,
  );
  const { status, signal, stderr, stdout } = await ended;
  stop.abort();
  await timer;
  if (signal === null) assert.equal(status, 0, stderr + stdout);
  return signal === null;
}
