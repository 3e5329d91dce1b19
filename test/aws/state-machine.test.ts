import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, beforeEach, suite, test } from 'node:test';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { makeHandler } from '../../lambda/water_balance/make-handler.ts';
import { awsConfigFrom } from '../../src/aws/config.ts';
import type { AwsHome } from '../../src/aws/home.ts';
import { openHome } from '../../src/aws/open-home.ts';
import { resumeTopic } from '../../src/cli/commands/topic-resume.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { fails } from '../state/contract.ts';
import { type Deployment, deploy, expireLease, PREFIX } from './deployment.ts';
import { glueJobs, glueVersions, type JobEnd, type JobRunner } from './glue.ts';
import { type Fault, type LambdaHandler, lambdaFunctions } from './lambda-functions.ts';
import { appendRaw, commitBatch } from './metadata-job.ts';
import { type EmulatedAws, startEmulatedAws } from './proxy.ts';

const DONE: JobEnd = { state: 'SUCCEEDED' };
const SEMANTIC = { topic: 'orders', work: 'semantic' } as const;
const incremental = { topic: 'orders', kind: 'incremental' } as const;

suite('the state machine, executed', { timeout: 240_000 }, () => {
  let aws: EmulatedAws;
  let deployment: Deployment;
  let home: AwsHome;
  let handler: LambdaHandler;
  /** How the job goes; each test sets its own. */
  let job: JobRunner;
  /** Faults of the function, by action, each met once. */
  let faults: { readonly action: string; readonly fault: Fault }[];
  let started: Readonly<Record<string, string>>[];

  const wellDone: JobRunner = async (args) => {
    await commitBatch(home, args, { table: true, outcome: true });
    return DONE;
  };

  before(async () => {
    const handlers = new Map<string, LambdaHandler>([[`${PREFIX}-water-balance`, (event) => handler(event)]]);
    const meet = (_name: string, event: unknown): Fault | null => {
      const at = faults.findIndex(({ action }) => (event as { action?: string }).action === action);
      return at < 0 ? null : (faults.splice(at, 1)[0]?.fault ?? null);
    };
    const run: JobRunner = (args) => {
      started.push(args);
      return job(args);
    };
    aws = await startEmulatedAws([lambdaFunctions(handlers, meet), glueJobs(run), glueVersions()]);
    deployment = await deploy(aws, { orders: contractText(ORDER_ID) });
    handler = makeHandler(deployment.environment, deployment.contracts, aws.settings);
    home = openHome({
      config: awsConfigFrom(deployment.environment),
      settings: aws.settings,
      topics: deployment.contracts,
      instrument: (client) => client,
    });
    assert.deepEqual(await handler({ action: 'prepare' }), { tables: { orders: 'created' } });
    assert.deepEqual(await handler({ action: 'prepare' }), { tables: { orders: 'unchanged' } });
  });
  after(async () => {
    await aws.stop();
    await deployment.remove();
  });
  beforeEach(async () => {
    job = wellDone;
    faults = [];
    started = [];
    await deployment.alerts();
  });

  const outcomeOf = async (input: Readonly<Record<string, string>> = incremental) => {
    const { status, output, error } = await (await deployment.run(input)).end();
    return { status, error, ...(JSON.parse(output ?? '{}') as { result?: string; batch_id?: string }) };
  };
  const isFree = async () => (await home.store.leaseHolder(SEMANTIC)) === null;

  test('nothing new starts no job, and that is noted', async () => {
    const before = home.clock();
    assert.equal((await outcomeOf()).result, 'NoNewData');
    assert.equal(started.length, 0);
    assert.ok(((await home.store.checkpoint('orders')).checkedAt ?? 0n) >= before);
    assert.ok(await isFree());
  });

  test('new rows are taken in once, and then there is nothing new', async () => {
    await appendRaw(home, 'orders', 5n);
    const { result, batch_id } = await outcomeOf();
    assert.equal(result, 'Processed');
    const checkpoint = await home.store.checkpoint('orders');
    assert.equal(checkpoint.batchId, batch_id);
    assert.equal(checkpoint.totals.outcomes.inserted, 5);
    assert.equal(checkpoint.totals.raw, 5);
    assert.equal((await outcomeOf()).result, 'NoNewData');
    assert.equal(started.length, 1);
    assert.equal(started[0]?.['--masking_secret'], '-');
    assert.ok(await isFree());
  });

  test('of two starts at once one works and the other says who does', async () => {
    await appendRaw(home, 'orders', 1n);
    let finish = (): void => {
      assert.fail('the job has not started');
    };
    job = (args) =>
      new Promise<void>((resolve) => (finish = resolve)).then(() => wellDone(args) as Promise<JobEnd>);
    const first = await deployment.run(incremental);
    while (started.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await (await deployment.run(incremental)).end();
    assert.equal(second.status, 'SUCCEEDED');
    const { result, held_by } = JSON.parse(second.output ?? '');
    assert.deepEqual([result, held_by], ['AlreadyRunning', first.arn]);
    finish();
    assert.equal((await first.end()).status, 'SUCCEEDED');
    assert.equal(started.length, 1);
    assert.ok(await isFree());
  });

  test('a job that dies keeps its batch for the next run; people hear of it once, and of its end', async () => {
    await appendRaw(home, 'orders', 2n);
    job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
    const first = await outcomeOf();
    assert.deepEqual([first.status, first.error], ['FAILED', 'JOB_FAILED']);
    assert.ok(await isFree());
    const batch = (await home.store.checkpoint('orders')).intent?.batchId;
    await outcomeOf();
    assert.deepEqual(await deployment.alerts(), [{ event: 'raised', code: 'JOB_FAILED', topic: 'orders' }]);
    job = wellDone;
    assert.equal((await outcomeOf()).batch_id, batch);
    assert.deepEqual(
      started.map((args) => args['--batch_id']),
      [batch, batch, batch],
    );
    assert.deepEqual(
      (await deployment.alerts()).map(({ event }) => event),
      ['recovered'],
    );
  });

  test('a job says what it died of by its code', async () => {
    await appendRaw(home, 'orders', 1n);
    const error = `SystemExit: ${JSON.stringify({ error: 'MASKING_KEY_CHANGED', detail: 'PII?' })}`;
    job = async () => ({ state: 'FAILED', error });
    await outcomeOf();
    assert.deepEqual(
      (await deployment.alerts()).map(({ code }) => code),
      ['MASKING_KEY_CHANGED'],
    );
    job = wellDone;
    await outcomeOf();
  });

  test('an outcome that the table does not bear out is not believed', async () => {
    const wrote = (table: boolean, outcome: boolean): JobRunner => {
      return async (args) => {
        await commitBatch(home, args, { table, outcome });
        return DONE;
      };
    };
    for (const [first, second] of [
      [wrote(false, true), wrote(true, false)],
      [wrote(true, false), wrote(false, true)],
    ] as const) {
      await appendRaw(home, 'orders', 1n);
      const before = await home.store.checkpoint('orders');
      job = first;
      assert.equal((await outcomeOf()).error, 'JOB_FAILED');
      assert.equal((await home.store.checkpoint('orders')).batchId, before.batchId);
      assert.ok(await isFree());
      // What the first run left out the second brings: both are of one batch.
      job = second;
      assert.equal((await outcomeOf()).result, 'Processed');
    }
  });

  test('answers that are lost change nothing twice', async () => {
    await appendRaw(home, 'orders', 3n);
    const before = (await home.store.checkpoint('orders')).totals.outcomes.inserted;
    for (const action of ['begin', 'raw_head', 'complete', 'release']) faults.push({ action, fault: 'lost' });
    for (const action of ['begin', 'raw_head', 'complete', 'release'])
      faults.push({ action, fault: 'throttled' });
    assert.equal((await outcomeOf()).result, 'Processed');
    assert.equal(faults.length, 0);
    assert.equal((await home.store.checkpoint('orders')).totals.outcomes.inserted, before + 3);
    assert.ok(await isFree());
  });

  test('a start that Glue has no room for is tried again; one that it refuses is not', async () => {
    await appendRaw(home, 'orders', 1n);
    job = (args) => (started.length < 3 ? 'ConcurrentRunsExceededException' : wellDone(args));
    assert.equal((await outcomeOf()).result, 'Processed');
    assert.equal(started.length, 3);
    await appendRaw(home, 'orders', 1n);
    job = () => 'InvalidInputException';
    assert.equal((await outcomeOf()).error, 'JOB_FAILED');
    assert.equal(started.length, 4);
    job = wellDone;
    await outcomeOf();
  });

  test('a head that cannot be read for good ends the run, with its cause, and gives the lease back', async () => {
    await appendRaw(home, 'orders', 1n);
    faults.push({ action: 'raw_head', fault: { errorType: 'METADATA_INVALID_FILE' } });
    assert.equal((await outcomeOf()).error, 'METADATA_INVALID_FILE');
    assert.ok(await isFree());
    assert.deepEqual(
      (await deployment.alerts()).map(({ code }) => code),
      ['METADATA_INVALID_FILE'],
    );
    assert.equal((await outcomeOf()).result, 'Processed');
  });

  test('a release that fails leaves the lease to the cleanup', async () => {
    const refuse = { action: 'release', fault: { errorType: 'AWS_REFUSED' } };
    faults.push(refuse);
    const execution = await deployment.run(incremental);
    const ended = await execution.end();
    assert.equal(ended.status, 'FAILED');
    assert.equal((await home.store.leaseHolder(SEMANTIC))?.owner, execution.arn);
    assert.equal((await outcomeOf()).result, 'AlreadyRunning');
    await handler(statusChange(execution.arn, 'FAILED'));
    assert.ok(await isFree());
    await handler(statusChange(execution.arn, 'FAILED'));
    assert.equal((await outcomeOf()).result, 'NoNewData');
    assert.deepEqual(
      (await deployment.alerts()).map(({ event }) => event),
      ['raised', 'recovered'],
    );
  });

  test('an execution that is stopped passes no Catch; its end is an event', async () => {
    await appendRaw(home, 'orders', 1n);
    job = () => new Promise(() => null);
    const execution = await deployment.run(incremental);
    while (started.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await new SFNClient(aws.settings).send(new StopExecutionCommand({ executionArn: execution.arn }));
    assert.equal((await execution.end()).status, 'ABORTED');
    assert.equal(await isFree(), false);
    await handler(statusChange(execution.arn, 'ABORTED'));
    assert.ok(await isFree());
    job = wellDone;
    assert.equal((await outcomeOf()).result, 'Processed');
  });

  test('a stale holder that comes back moves nothing and releases nothing', async () => {
    await appendRaw(home, 'orders', 4n);
    const before = (await home.store.checkpoint('orders')).totals.outcomes.inserted;
    const ends: (() => void)[] = [];
    job = (args) =>
      new Promise<void>((resolve) => ends.push(resolve)).then(() => wellDone(args) as Promise<JobEnd>);
    const stale = await deployment.run(incremental);
    while (ends.length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    await expireLease(aws);
    const fresh = await deployment.run(incremental);
    while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    // The stale one's job ends first: its step shows an old token.
    ends[0]?.();
    assert.equal((await stale.end()).error, 'LEASE_LOST');
    assert.equal((await home.store.leaseHolder(SEMANTIC))?.owner, fresh.arn);
    job = wellDone;
    ends[1]?.();
    assert.equal((await fresh.end()).status, 'SUCCEEDED');
    assert.equal((await home.store.checkpoint('orders')).totals.outcomes.inserted, before + 4);
    assert.ok(await isFree());
  });

  test('a long absence is several batches of one execution, and so is a rebuild with new rows behind it', async () => {
    await appendRaw(home, 'orders', 3_000_000n);
    await appendRaw(home, 'orders', 3_000_000n);
    assert.equal((await outcomeOf()).result, 'Processed');
    assert.equal(started.length, 2);
    job = async (args) => {
      if (started.length === 3) await appendRaw(home, 'orders', 1n);
      return wellDone(args) as Promise<JobEnd>;
    };
    assert.equal((await outcomeOf({ topic: 'orders', kind: 'rebuild' })).result, 'Processed');
    assert.equal(started.length, 4);
    assert.equal((await home.store.checkpoint('orders')).generation, 2);
  });

  test('a batch beyond its budget halts the topic before anything of it is committed, until a person has looked', async () => {
    const rejecting = (rejected: bigint): JobRunner => {
      return async (args) => {
        await commitBatch(home, args, { table: true, outcome: true, rejected });
        return DONE;
      };
    };
    const resume = async (accept: boolean) => {
      const options = accept ? { 'accept-next': true as const } : {};
      return (await resumeTopic({ arguments: { TOPIC: 'orders' }, options }, home)).exit;
    };
    const before = await home.store.checkpoint('orders');
    await appendRaw(home, 'orders', 200n);
    job = rejecting(150n);
    // A second call of `complete` finds the halt of the first.
    faults.push({ action: 'complete', fault: 'lost' });
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED');
    const { halt, intent, totals, batchId } = await home.store.checkpoint('orders');
    assert.deepEqual([halt?.work, halt?.bad, halt?.of], ['semantic', 150, 200]);
    assert.deepEqual(
      { intent, totals, batchId },
      { intent: null, totals: before.totals, batchId: before.batchId },
    );
    assert.ok(await isFree());
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED');
    assert.equal(started.length, 1);
    assert.deepEqual(await deployment.alerts(), [{ event: 'raised', code: 'TOPIC_HALTED', topic: 'orders' }]);
    assert.equal(await resume(false), 0);
    await assert.rejects(resume(false), fails('NOT_FOUND'));
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED', 'it is judged again');
    await resume(true);
    assert.equal((await outcomeOf()).result, 'Processed');
    const { rejected } = (await home.store.checkpoint('orders')).totals.outcomes;
    assert.equal(rejected, before.totals.outcomes.rejected + 150);
    assert.deepEqual(
      (await deployment.alerts()).map(({ event }) => event),
      ['recovered'],
    );
    // Let through once: the next is judged, and a rebuild, which is not, ends the halt.
    await appendRaw(home, 'orders', 200n);
    assert.equal((await outcomeOf()).error, 'TOPIC_HALTED');
    job = rejecting(300n);
    assert.equal((await outcomeOf({ topic: 'orders', kind: 'rebuild' })).result, 'Processed');
    assert.equal((await home.store.checkpoint('orders')).halt, null);
  });

  test('the plan knows the versions of the contract before its own: messages may still name them', async () => {
    const file = `${deployment.contracts}/orders.odcs.yaml`;
    await writeFile(file, contractText(ORDER_ID).replace('version: 1.0.0', 'version: 1.0.1'));
    await appendRaw(home, 'orders', 1n);
    assert.equal((await outcomeOf()).result, 'Processed');
    const plan = Buffer.from(await home.files.read(started[0]?.['--plan_uri'] ?? '')).toString();
    for (const version of ['1.0.0', '1.0.1']) assert.ok(plan.includes(`'${version}'`), version);
  });

  test('a contract that the table cannot follow halts the run and says so', async () => {
    await appendRaw(home, 'orders', 1n);
    const file = `${deployment.contracts}/orders.odcs.yaml`;
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
