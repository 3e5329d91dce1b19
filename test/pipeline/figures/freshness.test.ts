import assert from 'node:assert/strict';
import { rm, unlink, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { contractFile } from '../../../src/contract/file-name.ts';
import { measureFreshness } from '../../../src/embedded/figures/freshness.ts';
import { underLease } from '../../../src/embedded/workspace/held-lease.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { readMetadata } from '../../../src/iceberg/table.ts';
import type { SourceProgress } from '../../../src/state/source.ts';
import { type Workbench, withWorkbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

/** One hour, with a warning at half of it. */
const CONTRACT = wrappedContract([ID], { serviceLevels: ['{ property: freshness, value: 1, unit: h }'] });
const MINUTE = 60_000_000n;

const withBench = (task: (bench: Workbench) => Promise<void>): Promise<void> => withWorkbench(CONTRACT, task);

const measure = (bench: Workbench) => measureFreshness(bench.workspace, 'things');
const state = async (bench: Workbench) => (await measure(bench)).state;

/** A message that is received now and was published this many minutes ago. */
const put = (bench: Workbench, id: string, minutesAgo: number): Promise<void> =>
  bench.putRaw([{ id, time: bench.temporary.now - BigInt(minutesAgo) * MINUTE, payload: `{"id":"${id}"}` }]);

async function takeSource(bench: Workbench, parts: Partial<SourceProgress>): Promise<void> {
  const { workspace, temporary } = bench;
  const progress: SourceProgress = {
    sourceId: 's1',
    topic: 'things',
    path: 'things.ndjson',
    inode: 1n,
    size: 10n,
    firstHash: 'a',
    lastHash: 'b',
    offset: 5n,
    offsetHash: 'c',
    messages: 1n,
    arrivedAt: temporary.now,
    complete: false,
    updatedAt: temporary.now,
    ...parts,
  };
  await underLease(workspace, { topic: 'things', work: 'ingest' }, async (lease) => {
    const workId = workspace.newWorkId();
    await workspace.store.openWork(lease, { workId, kind: 'ingest', directories: [] });
    await workspace.store.commitIngest(lease, {
      tables: { workId, swaps: [], files: [], removedFiles: [] },
      progress,
      expectedOffset: null,
      counts: { received: 0, raw: 0, deadLettered: 0 },
      deadLetters: [],
      replayed: [],
      committedAt: workspace.clock(),
    });
  });
}

suite('freshness from stored facts', () => {
  test('without data there is no verdict; with data each clock counts separately', () =>
    withBench(async (bench) => {
      assert.equal(await state(bench), 'NO_DATA_YET');
      await put(bench, 'a', 10);
      assert.deepEqual(
        (({ state: is, newestEventAge, oldestPendingAge, oldestUnprocessedAge }) => ({
          is,
          newestEventAge,
          oldestPendingAge,
          oldestUnprocessedAge,
        }))(await measure(bench)),
        { is: 'FRESH', newestEventAge: 600, oldestPendingAge: null, oldestUnprocessedAge: 0 },
      );
      bench.temporary.now += 31n * MINUTE;
      assert.equal(await state(bench), 'WARN');
      bench.temporary.now += 30n * MINUTE;
      await put(bench, 'b', 1);
      const late = await measure(bench);
      assert.equal(late.state, 'PIPELINE_LATE');
      assert.deepEqual([late.newestEventAge, late.oldestUnprocessedAge], [60, 61 * 60]);
      await bench.run();
      assert.equal((await measure(bench)).oldestUnprocessedAge, null);
      assert.equal(await state(bench), 'FRESH');
      bench.temporary.now += 60n * MINUTE;
      assert.equal(await state(bench), 'UPSTREAM_SILENT');
    }));

  test('the row that waits longest decides for a waiting file', () =>
    withBench(async (bench) => {
      const time = bench.temporary.now;
      const row = (id: string, minutesAgo: number) => ({
        id,
        time,
        payload: `{"id":"${id}"}`,
        ingested: time - BigInt(minutesAgo) * MINUTE,
      });
      await bench.putRaw([row('a', 5), row('b', 45), row('c', 20)]);
      assert.equal((await measure(bench)).oldestUnprocessedAge, 45 * 60);
      assert.equal(await state(bench), 'WARN');
    }));

  test('the newest event decides wherever it is, also if an older one arrives later', () =>
    withBench(async (bench) => {
      await put(bench, 'a', 5);
      await bench.run();
      await put(bench, 'a', 50);
      assert.equal((await measure(bench)).newestEventAge, 300);
      await bench.run();
      assert.equal((await measure(bench)).newestEventAge, 300);
    }));

  test('an event far in the future is reported and does not count as fresh', () =>
    withBench(async (bench) => {
      await put(bench, 'a', 5);
      await put(bench, 'b', -120);
      await bench.run();
      const { state: is, reason, clocks, newestEventAge } = await measure(bench);
      assert.deepEqual([is, newestEventAge], ['UNKNOWN', -7200]);
      assert.match(reason, /2 h in the future \(2 files contain such events, of at most 3 rows\)/);
      assert.deepEqual(clocks.future, { files: 2, rowsAtMost: 3 });
      // After their time they count as other events do.
      bench.temporary.now += 121n * MINUTE;
      assert.equal((await measure(bench)).clocks.future, null);
      assert.equal(await state(bench), 'FRESH');
    }));

  test('an input that was read in part waits until the rest is read or it is replaced', () =>
    withBench(async (bench) => {
      await put(bench, 'a', 0);
      await bench.run();
      await takeSource(bench, {});
      bench.temporary.now += 40n * MINUTE;
      await put(bench, 'b', 0);
      await bench.run();
      assert.equal((await measure(bench)).oldestPendingAge, 2400);
      assert.equal(await state(bench), 'WARN');
      await takeSource(bench, { sourceId: 's2', complete: true });
      assert.equal((await measure(bench)).oldestPendingAge, null);
      assert.equal(await state(bench), 'FRESH');
    }));

  test('the service level comes from the file, else from the registry, else it is unknown', () =>
    withBench(async (bench) => {
      const file = contractFile(bench.workspace.paths.topics, 'things');
      await put(bench, 'a', 40);
      await writeFile(file, CONTRACT.replace('value: 1, unit: h', 'value: 4, unit: h'));
      assert.equal(await state(bench), 'FRESH');
      await bench.run();
      await unlink(file);
      assert.deepEqual((await measure(bench)).limits, { warnSeconds: 7200, lateSeconds: 14400 });
      await writeFile(file, 'kind: Nonsense\n');
      const { state: is, reason, limits } = await measure(bench);
      assert.deepEqual([is, limits], ['UNKNOWN', null]);
      assert.match(reason, /service level/);
    }));

  test('unreadable data is unknown, never healthy', () =>
    withBench(async (bench) => {
      await put(bench, 'a', 0);
      await bench.run();
      assert.equal(await state(bench), 'FRESH');
      const { raw } = await bench.workspace.store.ledgerView('things');
      assert.ok(raw !== null);
      const head = currentSnapshot(await readMetadata(localFiles, raw));
      assert.ok(head !== null);
      await rm(head['manifest-list']);
      assert.equal(await state(bench), 'UNKNOWN');
    }));
});
