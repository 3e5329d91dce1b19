import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  assertDeeplyBalanced,
  assertSameContent,
  type Content,
  rowsOf,
  soundContent,
} from '../crash/content.ts';
import { assertSays, type Bench, openBench, start, succeed } from '../crash/harness.ts';
import { smallDisk } from '../crash/small-disk.ts';

/** KiB. A run of this size needs about six MiB. */
const SIZES = [32, 64, 150, 300, 700, 1_500, 1_800, 2_200, 2_600, 3_000, 3_500, 4_000, 4_500, 5_000, 5_500];

/**
 * Whichever write finds the disk full: one clear line, nothing is lost, and with space the same command
 * continues.
 */
suite('a full disk', { concurrency: 2 }, () => {
  let bench: Bench;
  let expected: Content;

  before(async () => {
    bench = openBench();
    const root = bench.workspace('undisturbed', ['orders']);
    await succeed(root, 'run');
    expected = rowsOf(await soundContent(root));
  });
  after(() => bench.remove());

  for (const size of SIZES)
    test(`at ${size} KiB`, async () => {
      const root = bench.workspace(`disk-${size}`, ['orders']);
      const disk = smallDisk(join(root, 'data'), `${size}k`);
      try {
        // If nothing can be mounted, the size of files is limited instead.
        const limit = disk === null ? ['prlimit', `--fsize=${size * 200}`] : [];
        assertSays(await start(root, ['run'], {}, limit).ended, 3, 'DISK_FULL', /Free space/);
        disk?.remount('size=64m');
        await succeed(root, 'run');
        assertSameContent(rowsOf(await soundContent(root)), expected, String(size));
        await assertDeeplyBalanced(root);
      } finally {
        disk?.remove();
      }
    });
});
