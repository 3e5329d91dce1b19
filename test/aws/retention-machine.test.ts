import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { retainRaw } from '../../src/aws/control/retain-raw.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { newSnapshotId } from '../../src/base/snapshot-id.ts';
import { prepareFileSwap } from '../../src/iceberg/file-swap.ts';
import { currentSnapshot } from '../../src/iceberg/metadata.ts';
import { planScan } from '../../src/iceberg/scan.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { rawTable } from '../../src/pipeline/batches/topic-tables.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { DONE, MachineWorld } from './machine-world.ts';
import { appendRaw, commitBatch, commitMaintenance } from './metadata-job.ts';

const DAY = 86_400_000_000n;
const maintain = { topic: 'orders', kind: 'maintain' };
const rebuild = { topic: 'orders', kind: 'rebuild' };
const RETENTION = 'slaProperties:\n  - {property: retention, value: 20, unit: d}\n';

/** What retain-raw.test.ts holds in memory, on emulated S3, Glue and DynamoDB, through the state machine. */
suite('retention of RAW through the state machine', () => {
  let world: MachineWorld;
  let deployment: AwsDeployment;
  before(async () => {
    world = await MachineWorld.open(contractText(ORDER_ID, RETENTION));
    deployment = world.deployment;
    await world.handler({ action: 'prepare' });
    world.job = async (args) => {
      if (args['--batch_id']?.startsWith('maintain-') === true) await commitMaintenance(deployment, args);
      else await commitBatch(deployment, args, { table: true, outcome: true });
      return DONE;
    };
  });
  after(() => world.close());

  const raw = async (): Promise<Table> => {
    const table = await loadTable(deployment.files, deployment.catalog, rawTable('orders'));
    assert.ok(table !== null);
    return table;
  };
  const liveFiles = async () => {
    const { metadata } = await raw();
    return (await planScan(deployment.files, metadata, currentSnapshot(metadata))).map(({ file }) => file);
  };
  const liveRows = async () =>
    (await liveFiles()).reduce((rows, { recordCount }) => rows + Number(recordCount), 0);
  const expired = async () => (await deployment.store.checkpoint('orders')).totals.gone.expired;
  const append = (rows: bigint, daysAgo: bigint) =>
    appendRaw(deployment, 'orders', rows, deployment.clock() - daysAgo * DAY);
  const objects = async () =>
    (await deployment.files.list(deployment.paths.warehouse)).map(({ location }) => location);
  const records = async () =>
    (await deployment.store.maintenance('raw.orders', 50)).filter(({ action }) => action === 'expire-rows');
  const assertBalanced = async (): Promise<void> => {
    const { topics } = (await world.handler({ action: 'balance', topic: 'orders' })) as {
      topics: readonly { equations: readonly { name: string; residual: number | null }[] }[];
    };
    const processing = topics[0]?.equations.find(({ name }) => name === 'processing');
    assert.equal(processing?.residual, 0, JSON.stringify(processing));
  };

  test('rows that are old and read expire once, recorded and counted, without a job', async () => {
    await append(3n, 40n);
    await append(4n, 30n);
    await append(5n, 1n);
    assert.equal((await world.outcomeOf()).result, 'Processed');
    world.started = [];
    const before = await objects();
    world.faults.push({ action: 'raw_head', fault: 'lost' });
    assert.equal((await world.outcomeOf(maintain)).result, 'Maintained');
    assert.equal(world.faults.length, 0);
    assert.deepEqual([await liveRows(), await expired()], [5, 7]);
    assert.deepEqual(
      (await records()).map((each) => [each.before, each.after]),
      [
        [
          { rows: 7, files: 2, bytes: 2 },
          { rows: 0, files: 0, bytes: 0 },
        ],
      ],
    );
    const left = new Set(await objects());
    assert.deepEqual(
      before.filter((location) => !left.has(location)),
      [],
    );
    await assertBalanced();
    assert.equal((await world.outcomeOf(maintain)).result, 'NothingToMaintain');
    assert.equal(world.started.length, 0);
  });

  test('if rows wait, the balance counts expired rows until the next batch does; a rebuild is refused', async () => {
    await append(2n, 40n);
    await world.outcomeOf();
    await append(6n, 40n);
    assert.equal((await world.outcomeOf(maintain)).result, 'Maintained');
    assert.deepEqual([await liveRows(), await expired()], [5 + 6, 7]);
    await assertBalanced();
    assert.equal((await world.outcomeOf(rebuild)).error, 'RAW_EXPIRED');
    await append(1n, 0n);
    assert.equal((await world.outcomeOf()).result, 'Processed');
    assert.equal(await expired(), 9);
    assert.equal((await records()).length, 2);
    await assertBalanced();
    assert.equal((await world.outcomeOf(rebuild)).error, 'RAW_EXPIRED');
  });

  test('Glue refuses a swap after an append of the stream, and the removal is planned again', async () => {
    const rows = await liveRows();
    let swaps = 0;
    const racing = {
      ...deployment,
      catalog: {
        ...deployment.catalog,
        swap: async (...[change, metadata]: Parameters<typeof deployment.catalog.swap>) => {
          swaps += 1;
          if (swaps === 1) await append(5n, 0n);
          await deployment.catalog.swap(change, metadata);
        },
      },
    };
    const call = { topic: 'orders', owner: 'racer', lease_seconds: 900, input: maintain };
    const begun = await world.handler({ action: 'begin', ...call, started_at: new Date().toISOString() });
    const token = BigInt((begun as { fencing_token: string }).fencing_token);
    assert.equal(await retainRaw(racing, { ...call, fencingToken: token }, 900), true);
    await world.handler({ action: 'release', ...call });
    assert.deepEqual([swaps, await liveRows()], [2, rows - 6 + 5]);
    await assertBalanced();
    assert.equal((await world.outcomeOf()).result, 'Processed');
    await assertBalanced();
  });

  test('the maintenance job follows in the same run, on the rows that retention kept', async () => {
    await append(2n, 40n);
    for (let commit = 1; commit <= 5; commit += 1) await append(1n, 0n);
    await world.outcomeOf();
    world.started = [];
    assert.equal((await world.outcomeOf(maintain)).result, 'Maintained');
    const plan = await world.planOf(world.started[0]);
    const head = currentSnapshot((await raw()).metadata);
    assert.equal(plan.maintenance.at(-1).keep, `snapshot_id = ${head?.['snapshot-id']}`);
    assert.equal(head?.summary.operation, 'delete');
    await assertBalanced();
  });

  test('a delete by another writer halts both batch and maintenance', async () => {
    const [file] = await liveFiles();
    assert.ok(file !== undefined);
    const ctx = { workId: crypto.randomUUID(), now: deployment.clock(), summary: {}, newSnapshotId };
    const change = { operation: 'delete', removed: [file], added: [] } as const;
    const prepared = await prepareFileSwap(deployment.files, await raw(), change, ctx);
    assert.ok(prepared !== null);
    await deployment.catalog.swap(prepared.swap, prepared.metadata);
    await append(1n, 0n);
    assert.equal((await world.outcomeOf()).error, 'RAW_HISTORY_CHANGED');
    assert.equal((await world.outcomeOf(maintain)).error, 'RAW_HISTORY_CHANGED');
    assert.ok(await world.isFree());
  });
});
