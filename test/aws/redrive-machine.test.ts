import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, beforeEach, suite, test } from 'node:test';
import { ledgerView } from '../../src/aws/figures/ledger-view.ts';
import { measureFigures } from '../../src/pipeline/figures/balance.ts';
import { balanceOf } from '../../src/quality/balance.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { until } from '../support/until.ts';
import type { JobRunner } from './glue.ts';
import { DONE, MachineWorld } from './machine-world.ts';
import { appendErrors, appendRaw, commitBatch, commitRedrive } from './metadata-job.ts';

const redrive = (selection: object = {}) => ({ topic: 'orders', kind: 'redrive', redrive: selection });

/** A redrive on AWS, by tables that hold metadata only; test/engines holds the job's rows against the embedded home's. */
suite('a redrive through the state machine', () => {
  let world: MachineWorld;
  /** Contract versions that are registered. */
  let version = 0;

  before(async () => {
    world = await MachineWorld.open();
    await world.handler({ action: 'prepare' });
  });
  after(() => world.close());
  beforeEach(() => world.reset());

  /** Another version of the contract with the same columns. */
  const newContract = async (): Promise<void> => {
    version += 1;
    const text = contractText(ORDER_ID).replace('version: 1.0.0', `version: 1.0.${version}`);
    await writeFile(`${world.infrastructure.contracts}/orders.odcs.yaml`, text);
  };
  const rejecting = (rejected: bigint): JobRunner => {
    return async (args) => {
      await commitBatch(world.deployment, args, { table: true, outcome: true, rejected });
      await appendErrors(world.deployment, 'orders', rejected, version);
      return DONE;
    };
  };
  const redriving = (chosen: bigint, redriven: bigint): JobRunner => {
    return async (args) => {
      await commitRedrive(world.deployment, args, { chosen, redriven, version: version - 1 });
      return DONE;
    };
  };
  /** Adds `rows` rows, some of them rejected, under a contract that is fixed afterwards. */
  const rejected = async (rows: bigint, bad: bigint): Promise<void> => {
    await appendRaw(world.deployment, 'orders', rows);
    world.job = rejecting(bad);
    assert.equal((await world.outcomeOf()).result, 'Processed');
    await newContract();
    world.started = [];
  };
  const isBalanced = async (): Promise<void> => {
    const figures = await measureFigures(
      world.deployment.files,
      await ledgerView(world.deployment, 'orders'),
    );
    const { equations } = balanceOf({ ...figures, received: figures.rawRows });
    const open = equations.filter(({ residual }) => residual !== 0).map(({ name }) => name);
    // The figure of received messages comes from the queue, which gets none in this test.
    assert.deepEqual(
      open.filter((name) => name !== 'intake'),
      [],
    );
  };
  const totals = async () => (await world.deployment.store.checkpoint('orders')).totals.outcomes;

  test('before the first batch, and without rejected rows, there is nothing to redrive and no job starts', async () => {
    assert.equal((await world.outcomeOf(redrive())).result, 'NothingToRedrive');
    await newContract();
    await appendRaw(world.deployment, 'orders', 3n);
    await world.outcomeOf();
    world.started = [];
    const { status, result } = await world.outcomeOf(redrive());
    assert.deepEqual([status, result], ['SUCCEEDED', 'NothingToRedrive']);
    assert.equal(world.started.length, 0);
    assert.ok(await world.isFree());
  });

  test('rows that the current contract rejected stay rejected, and no job starts', async () => {
    await appendRaw(world.deployment, 'orders', 4n);
    world.job = rejecting(1n);
    await world.outcomeOf();
    world.started = [];
    assert.equal((await world.outcomeOf(redrive())).result, 'NothingToRedrive');
    assert.equal(world.started.length, 0);
    await newContract();
  });

  test('processes rejected rows again once, and the balance holds before and after', async () => {
    await isBalanced();
    const before = await totals();
    world.job = redriving(1n, 1n);
    const { result, ...said } = await world.outcomeOf(redrive({ code: 'ABOVE_MAXIMUM' }));
    assert.equal(result, 'Redriven');
    assert.deepEqual([said.chosen, said.redriven, said.unreachable], [1, 1, 0]);
    const after = await totals();
    assert.deepEqual(after, { ...before, inserted: before.inserted + 1, rejected: before.rejected - 1 });
    await isBalanced();
    assert.ok(await world.isFree());
    const plan = await world.planOf(world.started[0]);
    assert.match(JSON.stringify(plan.prepare), /, ABOVE_MAXIMUM,/);
    world.started = [];
    assert.equal((await world.outcomeOf(redrive())).result, 'NothingToRedrive');
    assert.equal(world.started.length, 0);
  });

  test('a job that finds no selected row reports that, and nothing changes', async () => {
    await rejected(5n, 2n);
    const before = await totals();
    world.job = redriving(0n, 0n);
    const { result } = await world.outcomeOf(redrive({ message_id: 'of no row' }));
    assert.equal(result, 'NothingToRedrive');
    assert.deepEqual(await totals(), before);
    await isBalanced();
  });

  test('the next execution of any kind finishes a job that died, from the stored intent', async () => {
    const before = await totals();
    for (const next of [redrive({ code: 'ABOVE_MAXIMUM' }), { topic: 'orders', kind: 'incremental' }]) {
      world.started = [];
      world.job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
      assert.equal((await world.outcomeOf(redrive({ code: 'ABOVE_MAXIMUM' }))).error, 'JOB_FAILED');
      assert.ok(await world.isFree());
      world.job = redriving(1n, 1n);
      const { result, batch_id } = await world.outcomeOf(next);
      assert.equal(result, 'Redriven');
      const ids = world.started.map((args) => args['--batch_id']);
      assert.deepEqual(ids, [batch_id, batch_id]);
    }
    assert.deepEqual(await totals(), {
      ...before,
      inserted: before.inserted + 2,
      rejected: before.rejected - 2,
    });
    await isBalanced();
  });

  test("another run's batch goes first; then comes the redrive that was asked for", async () => {
    await rejected(6n, 2n);
    await appendRaw(world.deployment, 'orders', 7n);
    world.job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
    await world.outcomeOf();
    world.started = [];
    world.job = (args) => (world.started.length === 1 ? world.wellDone(args) : redriving(2n, 1n)(args));
    const { result, unreachable } = await world.outcomeOf(redrive());
    assert.deepEqual([result, unreachable], ['Redriven', 1]);
    const kinds = await Promise.all(world.started.map(async (args) => (await world.planOf(args)).batch.kind));
    assert.deepEqual(kinds, ['incremental', 'redrive']);
    await isBalanced();
  });

  test('lost answers change nothing twice', async () => {
    await rejected(3n, 1n);
    const before = await totals();
    world.started = [];
    for (const action of ['begin', 'raw_head', 'complete', 'release'])
      world.faults.push({ action, fault: 'lost' });
    world.job = redriving(1n, 1n);
    assert.equal((await world.outcomeOf(redrive())).result, 'Redriven');
    assert.equal(world.started.length, 1);
    assert.equal((await totals()).rejected, before.rejected - 1);
    await isBalanced();
  });

  test('if two run at the same time, the second waits for the first, and then finds the remaining rows', async () => {
    await rejected(3n, 1n);
    let finish = (): void => assert.fail('the job has not started');
    world.job = (args) =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }).then(async () => {
        await commitRedrive(world.deployment, args, { chosen: 1n, redriven: 1n, version: version - 1 });
        return DONE;
      });
    const first = await world.infrastructure.run(redrive());
    await until('the job starts', () => world.started.length > 0);
    const second = await world.infrastructure.run(redrive());
    await until('the second redrive asks for the lease again', () => world.asked(second) > 1);
    assert.equal(world.started.length, 1);
    // An execution of a schedule ends meanwhile.
    assert.equal((await world.outcomeOf()).result, 'AlreadyRunning');
    finish();
    assert.equal(JSON.parse((await first.end()).output ?? '').result, 'Redriven');
    world.job = redriving(0n, 0n);
    assert.equal(JSON.parse((await second.end()).output ?? '').result, 'NothingToRedrive');
    await isBalanced();
  });

  test('an invalid request is refused before anything is done, and the error names what is wrong', async () => {
    for (const [input, told] of [
      [redrive({ code: 'NO_SUCH_CODE' }), /input\.redrive\.code/],
      [redrive({ 'message-id': 'x' }), /message-id/],
      [{ topic: 'orders', kind: 'incremental', redrive: {} }, /redrive/],
      [{ topic: 'orders', kind: 'redrove' }, /input\.kind/],
    ] as const) {
      const ended = await (await world.infrastructure.run(input)).end();
      assert.equal(ended.error, 'USAGE');
      assert.match(ended.cause ?? '', told);
    }
    assert.equal(world.started.length, 0);
    assert.ok(await world.isFree());
  });

  test('a rebuild repairs a topic whose stored batch cannot be finished although it is in the table', async () => {
    await appendRaw(world.deployment, 'orders', 1n);
    world.job = async (args) => {
      await commitBatch(world.deployment, args, { table: true, outcome: false });
      return { state: 'FAILED', error: '{"error": "RAW_HISTORY_CHANGED"}' };
    };
    assert.equal((await world.outcomeOf()).error, 'RAW_HISTORY_CHANGED');
    await isBalanced();
    const { generation } = await world.deployment.store.checkpoint('orders');
    world.job = async (args) => {
      await isBalanced();
      return world.wellDone(args) as Promise<typeof DONE>;
    };
    world.started = [];
    assert.equal((await world.outcomeOf({ topic: 'orders', kind: 'rebuild' })).result, 'Processed');
    assert.equal(world.started.length, 1);
    const checkpoint = await world.deployment.store.checkpoint('orders');
    assert.deepEqual([checkpoint.generation, checkpoint.intent], [generation + 1, null]);
  });
});
