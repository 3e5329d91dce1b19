import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { dueTables } from '../../src/aws/control/due-tables.ts';
import { newSnapshotId } from '../../src/base/snapshot-id.ts';
import { prepareTable } from '../../src/iceberg/commit.ts';
import { loadTable } from '../../src/iceberg/table.ts';
import { rawTable } from '../../src/pipeline/batches/topic-tables.ts';
import { until } from '../support/until.ts';
import type { JobRunner } from './glue.ts';
import { expireLease } from './infrastructure.ts';
import { DONE, MachineWorld } from './machine-world.ts';
import { appendRaw, commitMaintenance } from './metadata-job.ts';

const maintain = { topic: 'orders', kind: 'maintain' };
const DAY = 86_400_000_000n;

/** Maintenance on AWS, by tables that hold metadata only; test/engines runs Iceberg's procedures. */
suite('maintenance through the state machine', () => {
  let world: MachineWorld;
  const maintenanceDone: JobRunner = async (args) => {
    await commitMaintenance(world.deployment, args);
    return DONE;
  };

  before(async () => {
    world = await MachineWorld.open();
    await world.handler({ action: 'prepare' });
  });
  after(() => world.close());
  beforeEach(() => world.reset());

  /** So many commits make RAW due; with a batch each, the semantic table too. */
  const worn = async (batches = 1): Promise<void> => {
    for (let commit = 1; commit <= 5; commit += 1) {
      await appendRaw(world.deployment, 'orders', 1n);
      if (commit > 5 - batches) await world.outcomeOf();
    }
    world.job = maintenanceDone;
    world.started = [];
  };
  const records = async (table: string) =>
    (await world.deployment.store.maintenance(table, 50)).map(({ action, before, after }) => ({
      action,
      before,
      after,
    }));

  test('before the first batch, and with few new files, nothing is due and no job starts', async () => {
    assert.deepEqual(await world.outcomeOf(maintain), {
      status: 'SUCCEEDED',
      error: undefined,
      result: 'NothingToMaintain',
      topic: 'orders',
    });
    await appendRaw(world.deployment, 'orders', 1n);
    await world.outcomeOf();
    world.started = [];
    assert.equal((await world.outcomeOf(maintain)).result, 'NothingToMaintain');
    assert.equal(world.started.length, 0);
    assert.ok(await world.isFree());
  });

  test('due maintenance is done and recorded, and then nothing is due', async () => {
    await worn(4);
    world.job = async (args) => {
      await commitMaintenance(world.deployment, args, 3);
      return DONE;
    };
    const { result, tables } = await world.outcomeOf(maintain);
    assert.equal(result, 'Maintained');
    assert.deepEqual(Object.keys(tables as object).sort(), ['raw.orders', 'semantic.orders']);
    const [orphans, expiry, compaction, ...more] = await records('raw.orders');
    assert.deepEqual(orphans, { action: 'remove-orphans', before: { orphans: 3 }, after: { orphans: 0 } });
    assert.deepEqual(expiry?.action, 'expire-snapshots');
    assert.equal(compaction?.action, 'compact');
    assert.equal(compaction?.before.data_files, 6);
    assert.deepEqual(more, []);
    const plan = await world.planOf(world.started[0]);
    const { snapshotId } = await world.deployment.store.checkpoint('orders');
    assert.equal(plan.maintenance.at(-1).keep, `snapshot_id = ${snapshotId}`);
    assert.equal(world.started[0]?.['--masking_secret'], '-');
    assert.equal((await world.outcomeOf(maintain)).result, 'NothingToMaintain');
    assert.equal(world.started.length, 1);
    assert.ok(await world.isFree());
  });

  test('old snapshots expire without new rows, but none that a batch needs', async () => {
    const checkpoint = await world.deployment.store.checkpoint('orders');
    const now = world.deployment.clock();
    assert.deepEqual(await dueTables(world.deployment, checkpoint, now), []);
    const later = await dueTables(world.deployment, checkpoint, now + 6n * DAY);
    assert.deepEqual(
      later.map(({ ref }) => ref.namespace),
      ['semantic', 'raw'],
    );
    const raw = await loadTable(world.deployment.files, world.deployment.catalog, rawTable('orders'));
    const at = raw?.metadata.snapshots.find((each) => each['snapshot-id'] === checkpoint.snapshotId);
    assert.equal(later.at(-1)?.olderThan, (at?.['timestamp-ms'] ?? 0n) * 1000n);
  });

  test('a job that fails releases the lease, records nothing, and raises an alert; the next run does the work', async () => {
    await worn();
    const before = await records('raw.orders');
    world.job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
    assert.equal((await world.outcomeOf(maintain)).error, 'JOB_FAILED');
    assert.ok(await world.isFree());
    // The job succeeds but wrote no outcome.
    world.job = async () => DONE;
    assert.equal((await world.outcomeOf(maintain)).error, 'JOB_FAILED');
    assert.deepEqual(await records('raw.orders'), before);
    world.job = world.wellDone;
    await appendRaw(world.deployment, 'orders', 1n);
    assert.equal((await world.outcomeOf()).result, 'Processed');
    assert.deepEqual(await world.infrastructure.alerts(), [
      { event: 'raised', code: 'JOB_FAILED', topic: 'orders' },
    ]);
    world.job = maintenanceDone;
    assert.equal((await world.outcomeOf(maintain)).result, 'Maintained');
    assert.equal((await records('raw.orders')).length, before.length + 2);
    assert.deepEqual(
      (await world.infrastructure.alerts()).map(({ event }) => event),
      ['recovered'],
    );
  });

  test('lost answers record nothing twice', async () => {
    await worn();
    const before = await records('raw.orders');
    for (const action of ['begin', 'raw_head', 'complete', 'release'])
      world.faults.push({ action, fault: 'lost' });
    assert.equal((await world.outcomeOf(maintain)).result, 'Maintained');
    assert.equal(world.started.length, 1);
    assert.equal((await records('raw.orders')).length, before.length + 2);
  });

  test('a batch that another run left waits, and loses nothing', async () => {
    await worn();
    await appendRaw(world.deployment, 'orders', 2n);
    world.job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
    await world.outcomeOf();
    const { intent } = await world.deployment.store.checkpoint('orders');
    world.job = maintenanceDone;
    assert.equal((await world.outcomeOf(maintain)).result, 'Maintained');
    assert.deepEqual((await world.deployment.store.checkpoint('orders')).intent, intent);
    world.job = world.wellDone;
    const { result, batch_id } = await world.outcomeOf();
    assert.deepEqual([result, batch_id], ['Processed', intent?.batchId]);
  });

  test('it waits for a running batch, and does not starve', async () => {
    await worn();
    await appendRaw(world.deployment, 'orders', 1n);
    let finish = (): void => assert.fail('the job has not started');
    world.job = (args) =>
      world.started.length > 1
        ? maintenanceDone(args)
        : new Promise<void>((resolve) => {
            finish = resolve;
          }).then(async () => world.wellDone(args) as Promise<typeof DONE>);
    const batch = await world.infrastructure.run({ topic: 'orders', kind: 'incremental' });
    await until('the job of the batch starts', () => world.started.length > 0);
    const maintenance = await world.infrastructure.run(maintain);
    await until('maintenance asks for the lease again', () => world.asked(maintenance) > 1);
    assert.equal(world.started.length, 1);
    finish();
    assert.equal((await batch.end()).status, 'SUCCEEDED');
    assert.equal(JSON.parse((await maintenance.end()).output ?? '').result, 'Maintained');
  });

  test('but not without limit: then it names the holder of the lease', async () => {
    const call = (minutes: number, owner: string) =>
      world.handler({
        action: 'begin',
        topic: 'orders',
        owner,
        lease_seconds: 900,
        input: maintain,
        started_at: new Date(Date.now() - minutes * 60_000).toISOString(),
      }) as Promise<{ outcome: string; held_by: string }>;
    assert.equal((await call(0, 'one')).outcome, 'acquired');
    assert.equal((await call(119, 'two')).outcome, 'wait');
    const { outcome, held_by } = await call(121, 'two');
    assert.deepEqual([outcome, held_by], ['held', 'one']);
    await world.handler({ action: 'release', topic: 'orders', owner: 'one' });
  });

  test('a stale holder records nothing', async () => {
    await worn();
    const before = await records('raw.orders');
    world.job = async (args) => {
      await commitMaintenance(world.deployment, args);
      await expireLease(world.aws);
      await world.handler({
        action: 'begin',
        topic: 'orders',
        owner: 'another',
        lease_seconds: 900,
        input: maintain,
        started_at: new Date().toISOString(),
      });
      return DONE;
    };
    assert.equal((await world.outcomeOf(maintain)).error, 'LEASE_LOST');
    assert.deepEqual(await records('raw.orders'), before);
    await world.handler({ action: 'release', topic: 'orders', owner: 'another' });
  });

  test('overdue maintenance is an alert', async () => {
    const { files, catalog, clock } = world.deployment;
    const table = await loadTable(files, catalog, rawTable('orders'));
    const [first] = table?.metadata.snapshots ?? [];
    assert.ok(table !== null && first !== undefined);
    const many = Array.from({ length: 3001 }, (_, at) => ({ ...first, 'snapshot-id': BigInt(at + 1) }));
    const snapshots = [...table.metadata.snapshots, ...many];
    const ctx = { workId: crypto.randomUUID(), now: clock(), summary: {}, newSnapshotId };
    const worn = { ...table, metadata: { ...table.metadata, snapshots } };
    const { swap, metadata } = await prepareTable(files, worn, ctx);
    await catalog.swap(swap, metadata);
    await world.handler({ action: 'balance' });
    const told = (await world.infrastructure.alerts()).map(({ code }) => code);
    assert.ok(told.includes('MAINTENANCE_OVERDUE'), told.join());
  });
});
