import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { underLease } from '../../../src/embedded/workspace/held-lease.ts';
import { recover } from '../../../src/embedded/workspace/recover.ts';
import type { Workspace } from '../../../src/embedded/workspace/workspace.ts';
import { fails } from '../../state/contract.ts';
import { ingest, semantic, TTL } from '../../state/samples.ts';
import { type Temporary, temporaryWorkspace } from '../../support/temporary.ts';

describe('recovery and leases of a workspace', () => {
  let temporary: Temporary;
  let one: Workspace;
  let two: Workspace;
  beforeEach(async () => {
    temporary = await temporaryWorkspace();
    one = await temporary.open();
    two = await temporary.open();
  });
  afterEach(async () => {
    await one.close();
    await two.close();
    await temporary.remove();
  });

  const DIRECTORY = 'data/warehouse/raw/orders';
  const put = async (...path: string[]) => {
    const file = join(temporary.root, ...path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'x');
  };
  const files = async () => {
    const entries = await readdir(join(temporary.root, DIRECTORY), { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  };
  /** Leaves behind what a run leaves that died between writing and committing. */
  const leaveWork = async (workId: string, owner: string) => {
    const answer = await one.store.acquireLease(ingest('orders'), owner, TTL, temporary.now);
    assert.ok(answer.kind === 'acquired');
    await one.store.openWork(answer.lease, {
      workId,
      kind: 'ingest',
      directories: [DIRECTORY, 'data/staging'],
    });
    await put(DIRECTORY, 'data', 'ingestion_ts_day=1', `00000-${workId}.parquet`);
    await put(DIRECTORY, 'metadata', `${workId}-m0.avro`);
    await put(DIRECTORY, 'data', 'committed-before.parquet');
    await put('data/staging', workId, 'rows.txt');
    return answer.lease;
  };

  it('keeps the files of a live run', async () => {
    await leaveWork('work-alive-1', 'someone');
    await recover(two);
    assert.equal((await files()).length, 3);
    assert.equal((await two.store.openWorks()).length, 1);
  });

  it('deletes only the files of an expired run, and rejects its later commits', async () => {
    const stale = await leaveWork('work-dead-12', 'someone');
    temporary.now += TTL;
    await recover(two);
    assert.deepEqual(await files(), ['committed-before.parquet']);
    assert.deepEqual(await readdir(join(temporary.root, 'data/staging')), []);
    assert.deepEqual(await two.store.openWorks(), []);
    await assert.rejects(one.store.renewLease(stale, TTL, temporary.now), fails('LEASE_LOST'));
    assert.equal(await two.store.leaseHolder(ingest('orders')), null);
  });

  it('deletes the files of a run whose process died, before the lease expires', async () => {
    const parts = two.owner.split('.');
    // The same machine, with a pid that no system assigns.
    await leaveWork('work-dead-12', [parts[0], '2147483647', '1', 'x'].join('.'));
    await recover(two);
    assert.deepEqual(await files(), ['committed-before.parquet']);
  });

  it('removes spill folders of dead processes only', async () => {
    const dead = `${two.owner.split('.')[0]}.2147483647.1.x`;
    await put('data/tmp', dead, 'spill');
    await put('data/tmp', two.owner, 'spill');
    await put('data/tmp', 'elsewhere.1.1.x', 'spill');
    await recover(one);
    assert.deepEqual((await readdir(two.paths.temp)).sort(), [two.owner, 'elsewhere.1.1.x'].sort());
  });

  it('runs a task under the lease, recovers first, and always releases', async () => {
    await leaveWork('work-dead-12', 'someone');
    temporary.now += TTL;
    const scope = ingest('orders');
    const seen = await underLease(two, scope, async (lease) => {
      assert.equal(lease.token, 2n);
      await assert.rejects(
        underLease(one, scope, async () => 0),
        fails('LEASE_HELD'),
      );
      return files();
    });
    assert.deepEqual(seen, ['committed-before.parquet']);
    await assert.rejects(
      underLease(two, scope, async () => Promise.reject(new Error('mine'))),
      /mine/,
    );
    assert.equal(await two.store.leaseHolder(scope), null);
  });

  it('signals a task that its lease was taken over', async () => {
    await writeFile(one.paths.config, 'version: 1\nlease: { seconds: 5 }\n');
    const outcome = await underLease(one, semantic('orders'), async (_lease, lost) => {
      temporary.now += 3_600_000_000n;
      const taken = await two.store.acquireLease(semantic('orders'), two.owner, TTL, temporary.now);
      assert.equal(taken.kind, 'acquired');
      for (let waited = 0; !lost.aborted && waited < 40; waited++) await sleep(100);
      return lost.aborted;
    });
    assert.equal(outcome, true);
    assert.equal((await two.store.leaseHolder(semantic('orders')))?.owner, two.owner);
  });
});
