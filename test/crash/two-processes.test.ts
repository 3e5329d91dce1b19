import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { assertDeeplyBalanced, assertSameContent, type Content, rowsOf, soundContent } from './content.ts';
import { type Bench, call, type Ended, openBench, succeed } from './harness.ts';

/** One process works. The other finds nothing to do, or reports who holds the lease. */
const HELD =
  /LEASE_HELD while starting (ingest|semantic) of [a-z]+\n {2}process \d+ holds the lease|locked +[a-z]+: process \d+ holds the lease/;

/** Runs the calls at the same time. */
function together(root: string, ...calls: readonly (readonly string[])[]): Promise<readonly Ended[]> {
  return Promise.all(calls.map((argv) => call(root, argv)));
}

suite('two processes on one workspace', () => {
  let bench: Bench;
  let expected: Content;
  let afterSecond: Content;

  before(async () => {
    bench = openBench();
    const root = bench.workspace('undisturbed');
    await succeed(root, 'run');
    expected = await soundContent(root);
    await succeed(root, 'run', `orders=${bench.late}`);
    afterSecond = await soundContent(root);
  });
  after(() => bench.remove());

  const assertSound = async (root: string, what: string): Promise<void> => {
    assertSameContent(await soundContent(root), expected, what);
    await assertDeeplyBalanced(root);
  };

  // They may share the topics, because leases are per topic.
  test('run and run', async () => {
    const root = bench.workspace('run-run');
    const ended = await together(root, ['run'], ['run']);
    for (const { status, stderr, stdout, signal } of ended) {
      assert.equal(signal, null);
      if (status !== 0) assert.match(`${stderr}${stdout}`, HELD, String(status));
    }
    await succeed(root, 'run');
    await assertSound(root, 'run and run');
  });

  test('semantic and semantic', async () => {
    const root = bench.workspace('semantic-semantic');
    await succeed(root, 'ingest', 'orders', bench.orders);
    const ended = await together(root, ['semantic', 'orders', '--json'], ['semantic', 'orders', '--json']);
    const results = ended.map(({ stdout }) => JSON.parse(stdout)[0].result).sort();
    assert.ok(results.includes('processed'), JSON.stringify(ended));
    for (const { stdout, status } of ended) {
      const [{ result, detail }] = JSON.parse(stdout);
      if (result === 'locked') assert.match(detail, /process \d+ holds the lease/);
      assert.equal(status, result === 'locked' ? 3 : 0);
    }
    await succeed(root, 'run');
    await assertSound(root, 'semantic and semantic');
  });

  test('rebuild and run', async () => {
    const root = bench.workspace('rebuild-run');
    await succeed(root, 'run');
    const [rebuilt, ran] = await together(root, ['rebuild', 'orders'], ['run', `orders=${bench.late}`]);
    for (const { status, stdout } of [rebuilt, ran].filter((each) => each !== undefined)) {
      if (status !== 0) assert.match(stdout, /locked.*process \d+ holds the lease/);
    }
    await succeed(root, 'run');
    // The order of the two decides about drift rows and generation, never about the rows of the tables.
    assertSameContent(rowsOf(await soundContent(root)), rowsOf(afterSecond), 'rebuild and run');
    await assertDeeplyBalanced(root);
  });

  test('run and query: a reader never fails and sees whole commits', async () => {
    const root = bench.workspace('run-query');
    const wholeCounts = new Set([
      0,
      lengthOf(expected, 'semantic.orders'),
      lengthOf(afterSecond, 'semantic.orders'),
    ]);
    const seen = new Set<number>();
    const work = (async () => {
      await succeed(root, 'run');
      await succeed(root, 'run', `orders=${bench.late}`);
      await succeed(root, 'rebuild', 'orders');
    })();
    let working = true;
    const watch = (async () => {
      while (working) seen.add(await rowsNow(root));
    })();
    await work.finally(() => {
      working = false;
    });
    await watch;
    seen.add(await rowsNow(root));
    for (const rows of seen) assert.ok(wholeCounts.has(rows), `a reader saw ${rows} rows`);
    assert.ok(seen.has(lengthOf(afterSecond, 'semantic.orders')));
    await assertDeeplyBalanced(root);
  });
});

function lengthOf(content: Content, name: string): number {
  return content.get(name)?.length ?? 0;
}

/** The number of rows of semantic.orders that a reader finds; 0 while the table does not exist. */
async function rowsNow(root: string): Promise<number> {
  const { status, stdout, stderr } = await call(root, [
    'query',
    'SELECT count(*)::INT AS n FROM semantic.orders',
    '--json',
  ]);
  if (/Table with name orders does not exist/.test(stderr)) return 0;
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout).rows[0].n;
}
