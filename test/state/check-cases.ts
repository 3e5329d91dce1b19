import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CheckResult } from '../../src/quality/rule-results.ts';
import { MAX_KEPT_CHECKS } from '../../src/state/check-results.ts';
import type { Lease } from '../../src/state/lease.ts';
import { fails, type Pair, type Take } from './contract.ts';
import { checkResult, completionOf, intentAfter, NOON, semantic } from './samples.ts';

/** The state contract's cases for check results. */
export function checkCases(pair: () => Pair, take: Take): void {
  /** Completes an incremental batch up to a snapshot with check results, twice, as after a lost answer. */
  const checked = async (lease: Lease, end: bigint, checks: readonly CheckResult[]): Promise<string> => {
    const intent = intentAfter(await pair().one.checkpoint(lease.scope.topic), end);
    await pair().one.storeIntent(lease, intent);
    const completion = completionOf(intent.batchId, { sequenceNumber: end, checks, completedAt: NOON + end });
    assert.equal(await pair().one.completeBatch(lease, completion), 'completed');
    assert.equal(await pair().one.completeBatch(lease, completion), 'already');
    return intent.batchId;
  };

  it('keeps the check results of a completed batch, unknown ones too, newest batch first', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    assert.deepEqual(await pair().two.checkResults('orders', 10), []);
    const unknown = checkResult('share', {
      measured: null,
      rows: null,
      passed: null,
      reason: 'no rows',
      severity: 'error',
    });
    const first = [checkResult('few nulls'), unknown];
    const firstId = await checked(lease, 7n, first);
    await checked(lease, 8n, []);
    const third = [checkResult('few nulls', { passed: true, column: null })];
    const thirdId = await checked(lease, 9n, third);
    const one = { contractVersion: 1, batchId: firstId, checkedAt: NOON + 7n, results: first };
    const other = { contractVersion: 1, batchId: thirdId, checkedAt: NOON + 9n, results: third };
    assert.deepEqual(await pair().two.checkResults('orders', 10), [other, one]);
    assert.deepEqual(await pair().two.checkResults('orders', 1), [other]);
    assert.deepEqual(await pair().two.checkResults('payments', 10), []);
  });

  it('keeps a bounded history of check results', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    for (let end = 1n; end <= BigInt(MAX_KEPT_CHECKS) + 3n; end += 1n)
      await checked(lease, end, [checkResult(`rule ${end}`)]);
    const kept = await pair().two.checkResults('orders', 1_000);
    assert.equal(kept.length, MAX_KEPT_CHECKS);
    assert.equal(kept[0]?.results[0]?.rule, `rule ${MAX_KEPT_CHECKS + 3}`);
    assert.equal(kept.at(-1)?.results[0]?.rule, 'rule 4');
  });

  it('keeps no check results of a refused batch', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const intent = intentAfter(await pair().one.checkpoint('orders'), 7n);
    await pair().one.storeIntent(lease, intent);
    const completion = completionOf(intent.batchId, {
      sequenceNumber: 0n,
      checks: [checkResult('few nulls')],
    });
    await assert.rejects(pair().one.completeBatch(lease, completion), fails('CHECKPOINT_CONFLICT'));
    assert.deepEqual(await pair().two.checkResults('orders', 10), []);
  });
}
