import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { NO_FAULTS } from '../../src/embedded/faults.ts';
import { ingestSource } from '../../src/embedded/ingest/ingest.ts';
import { runSemantic } from '../../src/embedded/jobs/incremental.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import { assertDeeplyBalanced, assertSameContent, type Content, rowsOf, soundContent } from './content.ts';
import { assertSays, type Bench, call, ENVIRONMENT, openBench, start, succeed } from './harness.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';

suite('workspaces and disks that let us down', { concurrency: 2 }, () => {
  let bench: Bench;
  let expected: Content;

  before(async () => {
    bench = openBench();
    const root = bench.workspace('undisturbed', ['orders']);
    await succeed(root, 'run');
    expected = rowsOf(await soundContent(root));
  });
  after(() => bench.remove());

  const assertWhole = async (root: string, what: string): Promise<void> => {
    assertSameContent(rowsOf(await soundContent(root)), expected, what);
    await assertDeeplyBalanced(root);
  };

  test('missing', async () => {
    for (const command of ['run', 'status', 'doctor'])
      assertSays(
        await call(join(bench.folder, 'nowhere'), [command]),
        2,
        'WORKSPACE_MISSING',
        /lean-ops init/,
      );
  });

  test('read-only', async () => {
    const root = bench.workspace('read-only', ['orders']);
    const data = join(root, 'data');
    const disk = smallDisk(data, '64m');
    await succeed(root, 'run');
    const deny = () => (disk === null ? chmodSync(data, 0o500) : disk.remount('ro'));
    const allow = () => (disk === null ? chmodSync(data, 0o700) : disk.remount('rw'));
    // Without leave to mount, root is stopped by nothing; what is left to test then is that all still works.
    const stopped = disk !== null || process.getuid?.() !== 0;
    try {
      deny();
      const denied = await call(root, ['run', `orders=${bench.late}`]);
      if (stopped) assertSays(denied, 2, 'WORKSPACE_READ_ONLY', /write access/);
      allow();
      if (stopped) await assertWhole(root, 'nothing was taken');
      await succeed(root, 'run', `orders=${bench.late}`);
    } finally {
      disk?.remove();
    }
  });

  // Full while making the state, while staging, and while writing tables; test/long tries many more sizes.
  for (const size of ['32k', '1m', '5m'])
    test(`a disk of ${size}`, async () => {
      const root = bench.workspace(`disk-${size}`, ['orders']);
      const disk: SmallDisk | null = smallDisk(join(root, 'data'), size);
      try {
        const limit = disk === null ? ['prlimit', `--fsize=${fileLimit(size)}`] : [];
        assertSays(await start(root, ['run'], {}, limit).ended, 3, 'DISK_FULL', /Free space/);
        disk?.remount('size=64m');
        await succeed(root, 'run');
        await assertWhole(root, size);
      } finally {
        disk?.remove();
      }
    });

  // RLIMIT_FSIZE: writes fail with EFBIG, wherever they are.
  for (const limit of [2_000, 200_000])
    test(`files limited to ${limit} bytes`, async () => {
      const root = bench.workspace(`limit-${limit}`, ['orders']);
      const limited = await start(root, ['run'], {}, ['prlimit', `--fsize=${limit}`]).ended;
      assertSays(limited, 3, 'DISK_FULL', /ulimit/);
      await succeed(root, 'run');
      await assertWhole(root, String(limit));
    });

  test('a damaged data file: doctor --deep names it, and the job says which', async () => {
    const root = bench.workspace('damaged', ['orders']);
    await succeed(root, 'ingest', 'orders', bench.orders);
    const folder = join(root, 'data/warehouse/raw/orders/data');
    const [name = ''] = readdirSync(folder).filter((each) => each.endsWith('.parquet'));
    const file = join(folder, name);
    const whole = readFileSync(file);
    const flipped = Buffer.from(whole);
    // In the middle of a page, many bytes and one: the length is right, and the footer too.
    for (const bytes of [2_000, 1]) {
      whole.copy(flipped);
      flipped.fill(0xa5, 2_000, 2_000 + bytes);
      writeFileSync(file, flipped);
      const checked = await call(root, ['doctor', '--deep']);
      assert.equal(checked.status, 1);
      assert.match(checked.stdout, new RegExp(`${name} differs from the bytes that were written`));
      assertSays(await call(root, ['semantic', 'orders']), 3, 'DATA_FILE_CORRUPT', new RegExp(name));
    }
    truncateSync(file, whole.length >> 1);
    assertSays(await call(root, ['semantic', 'orders']), 3, 'DATA_FILE_CORRUPT', new RegExp(name));
    writeFileSync(file, whole);
    await succeed(root, 'run');
    await assertWhole(root, 'restored');
  });

  test('a metadata file cut short', async () => {
    const root = bench.workspace('cut', ['orders']);
    await succeed(root, 'run');
    const folder = join(root, 'data/warehouse/semantic/orders/metadata');
    for (const ending of ['.metadata.json', '-m1.avro']) {
      const name = readdirSync(folder).find((each) => each.endsWith(ending)) ?? assert.fail(ending);
      const whole = readFileSync(join(folder, name));
      truncateSync(join(folder, name), whole.length >> 1);
      const asked = await call(root, ['query', 'FROM semantic.orders']);
      assertSays(asked, 3, 'METADATA_INVALID_FILE', new RegExp(name));
      const checked = await call(root, ['doctor']);
      assert.equal(checked.status, 1);
      assert.match(checked.stdout, new RegExp(`semantic.orders.*${name}`, 's'));
      const ran = await call(root, ['run', `orders=${bench.late}`]);
      assert.equal(ran.status, 3, ran.stdout);
      assert.match(ran.stdout, /^METADATA_INVALID_FILE while /m);
      writeFileSync(join(folder, name), whole);
    }
    await succeed(root, 'run');
    await assertDeeplyBalanced(root);
    await soundContent(root);
  });

  test('a catalog of a newer version', async () => {
    const root = bench.workspace('newer', ['orders']);
    await succeed(root, 'run');
    const format = setFormat(root, 999);
    for (const command of ['run', 'status', 'query SELECT 1', 'rebuild orders'])
      assertSays(await call(root, command.split(/ (.*)/s).slice(0, 2)), 3, 'CATALOG_NEWER', /format 999/);
    setFormat(root, format);
    await assertWhole(root, 'untouched');
  });

  test('a clock set back by two days between and within runs', async () => {
    const root = bench.workspace('clock', ['orders']);
    let now = BigInt(Date.now()) * 1_000n;
    const day = 86_400_000_000n;
    const workspace = await openWorkspace(root, { clock: () => now, environment: ENVIRONMENT });
    const { tempDirectory } = workspace;
    const engine = await openEngine({ memoryLimit: '512MiB', threads: 1, tempDirectory });
    const backwards = {
      hit: (point: string) => {
        if (point.endsWith('after-files')) now -= day;
      },
    };
    const options = {
      signal: new AbortController().signal,
      engine: async () => engine,
      onPhase: () => undefined,
      onProgress: () => undefined,
    };
    const take = (path: string) =>
      ingestSource(
        workspace,
        'orders',
        { kind: 'file', path },
        { ...options, faults: NO_FAULTS, again: false },
      );
    try {
      await take(bench.orders);
      await runSemantic(workspace, ['orders'], { ...options, faults: backwards });
      now -= 2n * day;
      await take(bench.late);
      await runSemantic(workspace, ['orders'], { ...options, faults: backwards });
    } finally {
      engine.close();
      await workspace.close();
    }
    await assertDeeplyBalanced(root);
    const other = bench.workspace('clock-right', ['orders']);
    await succeed(other, 'run');
    await succeed(other, 'run', `orders=${bench.late}`);
    assertSameContent(rowsOf(await soundContent(root)), rowsOf(await soundContent(other)), 'clock');
    assert.match((await call(root, ['doctor'])).stdout, /all checks passed/);
  });

  test('moved: doctor --relocate, and the run goes on', async () => {
    const root = bench.workspace('here', ['orders']);
    await succeed(root, 'run');
    const there = join(bench.folder, 'there');
    renameSync(root, there);
    assertSays(await call(there, ['run']), 2, 'WORKSPACE_MOVED', /doctor --relocate/);
    const relocated = await call(there, ['doctor', '--relocate', '--deep']);
    assert.equal(relocated.status, 0, relocated.stdout);
    await succeed(there, 'run');
    await assertWhole(there, 'moved');
    await succeed(there, 'run', `orders=${bench.late}`);
    await assertDeeplyBalanced(there);
  });

  for (const [stage, argv] of [
    ['ingest', ['ingest', 'orders']],
    ['semantic', ['semantic', 'orders']],
  ] as const)
    test(`Ctrl-C in ${stage}`, async () => {
      const root = bench.workspace(`stopped-${stage}`, ['orders']);
      if (stage === 'semantic') await succeed(root, 'ingest', 'orders', bench.orders);
      const words = stage === 'ingest' ? [...argv, bench.orders] : argv;
      let interrupted = 0;
      for (let delay = 450; ; delay += 150) {
        const { child, ended } = start(root, words);
        const left = sleep(delay).then(() => child.kill('SIGINT'));
        const result = await ended;
        await left;
        if (result.status === 0) break;
        assert.equal(result.signal, result.stderr === '' ? 'SIGINT' : null, JSON.stringify(result));
        if (result.signal !== null) continue;
        interrupted += 1;
        assertSays(result, 3, 'INTERRUPTED', /Run the same command again\. It resumes/);
        assert.match(result.stderr, /Stopping cleanly/);
      }
      assert.ok(interrupted > 0, 'no run was stopped in its middle');
      await succeed(root, 'run');
      await assertWhole(root, stage);
    });
});

function fileLimit(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('k') ? 1_024 : 1_024 ** 2) * 0.1;
}

/** Gives the format before. */
function setFormat(root: string, format: number): number {
  const database = new DatabaseSync(join(root, 'data', 'lean-ops.db'));
  const before = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  database.exec(`PRAGMA user_version = ${format}`);
  database.close();
  return before;
}
