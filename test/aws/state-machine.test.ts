import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, beforeEach, suite, test } from 'node:test';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { until } from '../support/until.ts';
import type { JobEnd, JobRunner } from './glue.ts';
import { expireLease, type Infrastructure } from './infrastructure.ts';
import { DONE, MachineWorld } from './machine-world.ts';
import { appendRaw, commitBatch } from './metadata-job.ts';

const SEMANTIC = { topic: 'orders', work: 'semantic' } as const;
const incremental = { topic: 'orders', kind: 'incremental' } as const;

suite('the state machine, executed', () => {
  let world: MachineWorld;
  let infrastructure: Infrastructure;
  let deployment: AwsDeployment;
  const wellDone: JobRunner = (args) => world.wellDone(args);
  const outcomeOf = (input: object = incremental) => world.outcomeOf(input);
  const isFree = () => world.isFree();

  before(async () => {
    world = await MachineWorld.open();
    ({ infrastructure, deployment } = world);
    assert.deepEqual(await world.handler({ action: 'prepare' }), { tables: { orders: 'created' } });
    assert.deepEqual(await world.handler({ action: 'prepare' }), { tables: { orders: 'unchanged' } });
  });
  after(() => world.close());
  beforeEach(() => world.reset());

  test('without new rows no job starts, and that is recorded', async () => {
    const before = deployment.clock();
    assert.equal((await outcomeOf()).result, 'NoNewData');
    assert.equal(world.started.length, 0);
    assert.ok(((await deployment.store.checkpoint('orders')).checkedAt ?? 0n) >= before);
    assert.ok(await isFree());
  });

  test('new rows are processed once, and then there is nothing new', async () => {
    await appendRaw(deployment, 'orders', 5n);
    const { result, batch_id } = await outcomeOf();
    assert.equal(result, 'Processed');
    const checkpoint = await deployment.store.checkpoint('orders');
    assert.equal(checkpoint.batchId, batch_id);
    assert.equal(checkpoint.totals.outcomes.inserted, 5);
    assert.equal(checkpoint.totals.raw, 5);
    assert.equal((await outcomeOf()).result, 'NoNewData');
    assert.equal(world.started.length, 1);
    assert.equal(world.started[0]?.['--masking_secret'], '-');
    assert.ok(await isFree());
  });

  test('of two starts at the same time one works, and the other names its holder', async () => {
    await appendRaw(deployment, 'orders', 1n);
    let finish = (): void => {
      assert.fail('the job has not started');
    };
    world.job = (args) =>
      new Promise<void>((resolve) => (finish = resolve)).then(() => wellDone(args) as Promise<JobEnd>);
    const first = await infrastructure.run(incremental);
    await until('the job starts', () => world.started.length > 0);
    const second = await (await infrastructure.run(incremental)).end();
    assert.equal(second.status, 'SUCCEEDED');
    const { result, held_by } = JSON.parse(second.output ?? '');
    assert.deepEqual([result, held_by], ['AlreadyRunning', first.arn]);
    finish();
    assert.equal((await first.end()).status, 'SUCCEEDED');
    assert.equal(world.started.length, 1);
    assert.ok(await isFree());
  });

  test('the next run finishes the batch of a job that died; people are notified once, and when it clears', async () => {
    await appendRaw(deployment, 'orders', 2n);
    world.job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
    const first = await outcomeOf();
    assert.deepEqual([first.status, first.error], ['FAILED', 'JOB_FAILED']);
    assert.ok(await isFree());
    const batch = (await deployment.store.checkpoint('orders')).intent?.batchId;
    await outcomeOf();
    assert.deepEqual(await infrastructure.alerts(), [
      { event: 'raised', code: 'JOB_FAILED', topic: 'orders' },
    ]);
    world.job = wellDone;
    assert.equal((await outcomeOf()).batch_id, batch);
    assert.deepEqual(
      world.started.map((args) => args['--batch_id']),
      [batch, batch, batch],
    );
    assert.deepEqual(
      (await infrastructure.alerts()).map(({ event }) => event),
      ['recovered'],
    );
  });

  test('a job reports its error by a code', async () => {
    await appendRaw(deployment, 'orders', 1n);
    const error = `SystemExit: ${JSON.stringify({ error: 'MASKING_KEY_CHANGED', detail: 'PII?' })}`;
    world.job = async () => ({ state: 'FAILED', error });
    await outcomeOf();
    assert.deepEqual(
      (await infrastructure.alerts()).map(({ code }) => code),
      ['MASKING_KEY_CHANGED'],
    );
    world.job = wellDone;
    await outcomeOf();
  });

  test('an outcome that the table does not confirm is refused', async () => {
    const wrote = (table: boolean, outcome: boolean): JobRunner => {
      return async (args) => {
        await commitBatch(deployment, args, { table, outcome });
        return DONE;
      };
    };
    for (const [first, second] of [
      [wrote(false, true), wrote(true, false)],
      [wrote(true, false), wrote(false, true)],
    ] as const) {
      await appendRaw(deployment, 'orders', 1n);
      const before = await deployment.store.checkpoint('orders');
      world.job = first;
      assert.equal((await outcomeOf()).error, 'JOB_FAILED');
      assert.equal((await deployment.store.checkpoint('orders')).batchId, before.batchId);
      assert.ok(await isFree());
      // The second run adds what the first left out: both belong to one batch.
      world.job = second;
      assert.equal((await outcomeOf()).result, 'Processed');
    }
  });

  test('lost answers change nothing twice', async () => {
    await appendRaw(deployment, 'orders', 3n);
    const before = (await deployment.store.checkpoint('orders')).totals.outcomes.inserted;
    for (const action of ['begin', 'raw_head', 'complete', 'release'])
      world.faults.push({ action, fault: 'lost' });
    for (const action of ['begin', 'raw_head', 'complete', 'release'])
      world.faults.push({ action, fault: 'throttled' });
    assert.equal((await outcomeOf()).result, 'Processed');
    assert.equal(world.faults.length, 0);
    assert.equal((await deployment.store.checkpoint('orders')).totals.outcomes.inserted, before + 3);
    assert.ok(await isFree());
  });

  test('a start is retried if Glue has no capacity, and not if Glue refuses it', async () => {
    await appendRaw(deployment, 'orders', 1n);
    world.job = (args) => (world.started.length < 3 ? 'ConcurrentRunsExceededException' : wellDone(args));
    assert.equal((await outcomeOf()).result, 'Processed');
    assert.equal(world.started.length, 3);
    await appendRaw(deployment, 'orders', 1n);
    world.job = () => 'InvalidInputException';
    assert.equal((await outcomeOf()).error, 'JOB_FAILED');
    assert.equal(world.started.length, 4);
    world.job = wellDone;
    await outcomeOf();
  });

  test('a head that can never be read ends the run with its cause, and releases the lease', async () => {
    await appendRaw(deployment, 'orders', 1n);
    world.faults.push({ action: 'raw_head', fault: { errorType: 'METADATA_INVALID_FILE' } });
    assert.equal((await outcomeOf()).error, 'METADATA_INVALID_FILE');
    assert.ok(await isFree());
    assert.deepEqual(
      (await infrastructure.alerts()).map(({ code }) => code),
      ['METADATA_INVALID_FILE'],
    );
    assert.equal((await outcomeOf()).result, 'Processed');
  });

  test('the cleanup releases a lease whose release failed', async () => {
    const refuse = { action: 'release', fault: { errorType: 'AWS_REFUSED' } };
    world.faults.push(refuse);
    const execution = await infrastructure.run(incremental);
    const ended = await execution.end();
    assert.equal(ended.status, 'FAILED');
    assert.equal((await deployment.store.leaseHolder(SEMANTIC))?.owner, execution.arn);
    assert.equal((await outcomeOf()).result, 'AlreadyRunning');
    await world.handler(statusChange(execution.arn, 'FAILED'));
    assert.ok(await isFree());
    await world.handler(statusChange(execution.arn, 'FAILED'));
    assert.equal((await outcomeOf()).result, 'NoNewData');
    assert.deepEqual(
      (await infrastructure.alerts()).map(({ event }) => event),
      ['raised', 'recovered'],
    );
  });

  test('the cleanup releases the lease of a stopped execution, which passes no Catch', async () => {
    await appendRaw(deployment, 'orders', 1n);
    world.job = () => new Promise(() => null);
    const execution = await infrastructure.run(incremental);
    await until('the job starts', () => world.started.length > 0);
    await new SFNClient(world.aws.settings).send(new StopExecutionCommand({ executionArn: execution.arn }));
    assert.equal((await execution.end()).status, 'ABORTED');
    assert.equal(await isFree(), false);
    await world.handler(statusChange(execution.arn, 'ABORTED'));
    assert.ok(await isFree());
    world.job = wellDone;
    assert.equal((await outcomeOf()).result, 'Processed');
  });

  test('a stale holder that returns moves nothing and releases nothing', async () => {
    await appendRaw(deployment, 'orders', 4n);
    const before = (await deployment.store.checkpoint('orders')).totals.outcomes.inserted;
    const ends: (() => void)[] = [];
    world.job = (args) =>
      new Promise<void>((resolve) => ends.push(resolve)).then(() => wellDone(args) as Promise<JobEnd>);
    const stale = await infrastructure.run(incremental);
    await until('the job of the stale holder starts', () => ends.length === 1);
    await expireLease(world.aws);
    const fresh = await infrastructure.run(incremental);
    await until('the job of the new holder starts', () => ends.length === 2);
    // The stale one's job ends first: its step shows an old token.
    ends[0]?.();
    assert.equal((await stale.end()).error, 'LEASE_LOST');
    assert.equal((await deployment.store.leaseHolder(SEMANTIC))?.owner, fresh.arn);
    world.job = wellDone;
    ends[1]?.();
    assert.equal((await fresh.end()).status, 'SUCCEEDED');
    assert.equal((await deployment.store.checkpoint('orders')).totals.outcomes.inserted, before + 4);
    assert.ok(await isFree());
  });

  test('one execution runs several batches after a long pause, and after a rebuild with new rows', async () => {
    await appendRaw(deployment, 'orders', 3_000_000n);
    await appendRaw(deployment, 'orders', 3_000_000n);
    assert.equal((await outcomeOf()).result, 'Processed');
    assert.equal(world.started.length, 2);
    world.job = async (args) => {
      if (world.started.length === 3) await appendRaw(deployment, 'orders', 1n);
      return wellDone(args) as Promise<JobEnd>;
    };
    assert.equal((await outcomeOf({ topic: 'orders', kind: 'rebuild' })).result, 'Processed');
    assert.equal(world.started.length, 4);
    assert.equal((await deployment.store.checkpoint('orders')).generation, 2);
  });

  test('a batch over its budget halts the topic and commits nothing, until a person decides', async () => {
    const rejecting = (rejected: bigint): JobRunner => {
      return async (args) => {
        await commitBatch(deployment, args, { table: true, outcome: true, rejected });
        return DONE;
      };
    };
    const resume = (accept: boolean) => deployment.store.resumeTopic('orders', accept);
    const before = await deployment.store.checkpoint('orders');
    await appendRaw(deployment, 'orders', 200n);
    world.job = rejecting(150n);
    // A second call of `complete` finds the halt of the first.
    world.faults.push({ action: 'complete', fault: 'lost' });
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED');
    const { halt, intent, totals, batchId } = await deployment.store.checkpoint('orders');
    assert.deepEqual([halt?.work, halt?.bad, halt?.of], ['semantic', 150, 200]);
    assert.deepEqual(
      { intent, totals, batchId },
      { intent: null, totals: before.totals, batchId: before.batchId },
    );
    assert.ok(await isFree());
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED');
    assert.equal(world.started.length, 1);
    assert.deepEqual(await infrastructure.alerts(), [
      { event: 'raised', code: 'TOPIC_HALTED', topic: 'orders' },
    ]);
    assert.equal((await resume(false))?.bad, 150);
    assert.equal(await resume(false), null, 'it is no longer halted');
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED', 'it is judged again');
    await resume(true);
    assert.equal((await outcomeOf()).result, 'Processed');
    const { rejected } = (await deployment.store.checkpoint('orders')).totals.outcomes;
    assert.equal(rejected, before.totals.outcomes.rejected + 150);
    assert.deepEqual(
      (await infrastructure.alerts()).map(({ event }) => event),
      ['recovered'],
    );
    // The batch is accepted once. The next is judged again; a rebuild is not judged and ends the halt.
    await appendRaw(deployment, 'orders', 200n);
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED');
    world.job = rejecting(300n);
    assert.equal((await outcomeOf({ topic: 'orders', kind: 'rebuild' })).result, 'Processed');
    assert.equal((await deployment.store.checkpoint('orders')).halt, null);
  });

  test('the plan contains earlier versions of the contract, because messages may still name them', async () => {
    const file = `${infrastructure.contracts}/orders.odcs.yaml`;
    await writeFile(file, contractText(ORDER_ID).replace('version: 1.0.0', 'version: 1.0.1'));
    await appendRaw(deployment, 'orders', 1n);
    assert.equal((await outcomeOf()).result, 'Processed');
    const plan = Buffer.from(await deployment.files.read(world.started[0]?.['--plan_uri'] ?? '')).toString();
    for (const version of ['1.0.0', '1.0.1']) assert.ok(plan.includes(`'${version}'`), version);
  });

  test('an incompatible contract halts the run with an error', async () => {
    await appendRaw(deployment, 'orders', 1n);
    const file = `${infrastructure.contracts}/orders.odcs.yaml`;
    await writeFile(file, contractText(ORDER_ID.replace('logicalType: string', 'logicalType: integer')));
    assert.equal((await outcomeOf()).error, 'REBUILD_REQUIRED');
    assert.ok(await isFree());
    await writeFile(file, contractText(ORDER_ID));
    assert.equal((await outcomeOf()).result, 'Processed');
  });
});

function statusChange(executionArn: string, status: string) {
  const input = JSON.stringify(incremental);
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn, status, input },
  };
}
