import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { backoffMs, retry, retryOnConflict } from '../../src/base/retry.ts';
import { LeanOpsError } from '../../src/errors/error.ts';

const conflict = (detail: string) => new LeanOpsError('COMMIT_CONFLICT', { operation: 'swapping', detail });
const stopped = new LeanOpsError('INTERRUPTED', { operation: 'working', detail: 'stopped' });

/** An attempt that throws these errors in turn, and then gives how often it was called. */
function failing(...errors: readonly Error[]): { readonly attempt: () => Promise<number>; calls: number } {
  const state = {
    calls: 0,
    attempt: async () => {
      const error = errors[state.calls];
      state.calls += 1;
      if (error !== undefined) throw error;
      return state.calls;
    },
  };
  return state;
}

suite('retryOnConflict', () => {
  test('a commit that loses no race runs once', async () => {
    assert.equal(await retryOnConflict('committing', failing().attempt), 1);
  });

  test('a commit that loses four races runs a fifth time', async () => {
    const races = ['a', 'b', 'c', 'd'].map(conflict);
    assert.equal(await retryOnConflict('committing', failing(...races).attempt), 5);
  });

  test('after five lost races the error names the operation and has the last conflict as its cause', async () => {
    const races = ['a', 'b', 'c', 'd', 'e', 'f'].map(conflict);
    const losing = failing(...races);
    await assert.rejects(retryOnConflict('committing orders', losing.attempt), (error) => {
      assert.ok(error instanceof LeanOpsError);
      assert.equal(error.code, 'COMMIT_CONFLICT');
      assert.equal(error.details.operation, 'committing orders');
      assert.equal(error.details.detail, 'another writer changed the table in each of 5 attempts');
      assert.equal(error.cause, races[4]);
      return true;
    });
    assert.equal(losing.calls, 5);
  });

  test('another error ends it at once, unchanged', async () => {
    const lost = new LeanOpsError('LEASE_LOST', { operation: 'renewing', detail: 'taken over' });
    const losing = failing(conflict('a'), lost);
    await assert.rejects(retryOnConflict('committing', losing.attempt), (error) => error === lost);
    assert.equal(losing.calls, 2);
  });

  test('a stop ends it before the next attempt', async () => {
    const losing = failing(conflict('a'));
    const throwIfStopped = () => {
      throw stopped;
    };
    await assert.rejects(
      retryOnConflict('committing', losing.attempt, throwIfStopped),
      (error) => error === stopped,
    );
    assert.equal(losing.calls, 1);
  });
});

suite('retry', () => {
  test('the last error is thrown after the last attempt', async () => {
    const errors = [conflict('a'), conflict('b'), conflict('c')];
    const losing = failing(...errors);
    await assert.rejects(
      retry(losing.attempt, 3, () => true),
      (error) => error === errors[2],
    );
    assert.equal(losing.calls, 3);
  });

  test('an error that is not retryable is thrown at once', async () => {
    const losing = failing(conflict('a'), conflict('b'));
    await assert.rejects(retry(losing.attempt, 3, () => false));
    assert.equal(losing.calls, 1);
  });
});

suite('backoffMs', () => {
  test('doubles with each attempt, with half of it as jitter in both directions', () => {
    assert.deepEqual(
      [1, 2, 3].map((attempt) => [backoffMs(100, attempt, 0), backoffMs(100, attempt, 1)]),
      [
        [50, 150],
        [100, 300],
        [200, 600],
      ],
    );
  });
});
