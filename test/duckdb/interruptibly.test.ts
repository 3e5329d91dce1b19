import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptibly } from '../../src/duckdb/engine/interruptibly.ts';

/** An interrupt that comes between two statements stops neither of them. */
test('an interrupt is repeated until the work ends', async (context) => {
  context.mock.timers.enable();
  for (const isLate of [true, false]) {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const interrupt = context.mock.fn();
    if (!isLate) controller.abort();
    const work = interruptibly(interrupt, controller.signal, () => promise);
    assert.equal(interrupt.mock.callCount(), isLate ? 0 : 1);
    controller.abort();
    context.mock.timers.tick(1_000);
    const repeated = interrupt.mock.callCount();
    assert.ok(repeated > 2, `${repeated} interrupts`);
    resolve('done');
    assert.equal(await work, 'done');
    context.mock.timers.tick(1_000);
    assert.equal(interrupt.mock.callCount(), repeated);
  }
});

test('work that fails ends the interrupts, and its error is thrown', async (context) => {
  context.mock.timers.enable();
  const controller = new AbortController();
  const interrupt = context.mock.fn();
  const failing = interruptibly(interrupt, controller.signal, () => Promise.reject(new RangeError('broken')));
  await assert.rejects(failing, RangeError);
  controller.abort();
  context.mock.timers.tick(1_000);
  assert.equal(interrupt.mock.callCount(), 0);
});
