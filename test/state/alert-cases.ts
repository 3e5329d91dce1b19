import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Alert, Finding, Told, Verdict } from '../../src/quality/alerts/alert.ts';
import type { StateStore } from '../../src/state/port.ts';
import { NOON, SECOND } from './samples.ts';

const LATE: Finding = {
  code: 'PIPELINE_LATE',
  severity: 'error',
  message: 'the oldest unprocessed row is 5 h old',
  remedy: 'Run `lean-ops run`.',
};

const verdict = (finding: Finding | null, parts: Partial<Verdict> = {}): Verdict => ({
  topic: 'orders',
  kind: 'freshness',
  finding,
  ...parts,
});

const told = (event: Told['event'], at = NOON): Told => ({ event, code: LATE.code, at });
const keys = (alerts: readonly Alert[]): readonly string[] => alerts.map(({ key }) => key);

type Stores = () => { readonly one: StateStore; readonly two: StateStore };

/** The state contract's cases for alerts: stores keep what `reconcile` and `afterDelivery` decide. */
export function alertCases(pair: Stores): void {
  it('keeps all of an alert, counts detections, and shows it to every handle', async () => {
    const { one, two } = pair();
    assert.deepEqual(await one.alerts(), []);
    await one.reconcileAlerts([verdict(LATE)], ['stderr', 'webhook'], NOON);
    const later: Finding = {
      ...LATE,
      code: 'UPSTREAM_SILENT',
      message: 'ünïcode\n"quoted"',
      severity: 'critical',
    };
    const stored = await two.reconcileAlerts([verdict(later)], ['stderr', 'webhook'], NOON + SECOND);
    const expected: Alert = {
      key: 'orders/freshness',
      topic: 'orders',
      kind: 'freshness',
      finding: later,
      firstSeen: NOON,
      lastSeen: NOON + SECOND,
      count: 2,
      recoveredAt: null,
      told: { stderr: null, webhook: null },
    };
    assert.deepEqual(stored, [expected]);
    assert.deepEqual(await one.alerts(), [expected]);
  });

  it('does not change alerts without a verdict, and orders by topic and kind', async () => {
    const { one } = pair();
    const other = verdict(LATE, { topic: 'payments' });
    await one.reconcileAlerts([other, verdict(LATE), verdict(LATE, { kind: 'balance' })], ['a'], NOON);
    const stored = await one.reconcileAlerts([verdict(null)], ['a'], NOON + SECOND);
    assert.deepEqual(keys(stored), ['orders/balance', 'orders/freshness', 'payments/freshness']);
    assert.deepEqual(
      stored.map(({ recoveredAt, count }) => [recoveredAt, count]),
      [
        [null, 1],
        [NOON + SECOND, 1],
        [null, 1],
      ],
    );
  });

  it('removes a recovered alert once every sink accepted the notification, and not before', async () => {
    const { one, two } = pair();
    await one.reconcileAlerts([verdict(LATE)], ['a', 'b'], NOON);
    await one.recordDelivery('a', [{ key: 'orders/freshness', told: told('raised') }]);
    await two.reconcileAlerts([verdict(null)], ['a', 'b'], NOON + SECOND);
    await two.recordDelivery('a', [{ key: 'orders/freshness', told: told('recovered', NOON + SECOND) }]);
    const [waiting] = await one.alerts();
    assert.deepEqual(waiting?.told, { a: told('recovered', NOON + SECOND), b: null });
    await one.recordDelivery('b', [{ key: 'orders/freshness', told: told('recovered', NOON + SECOND) }]);
    assert.deepEqual(await two.alerts(), []);
    // A repeated delivery, or one of an alert that is gone, changes nothing.
    await one.recordDelivery('b', [{ key: 'orders/freshness', told: told('recovered') }]);
    assert.deepEqual(await one.alerts(), []);
  });

  reopeningCases(pair);
}

function reopeningCases(pair: Stores): void {
  it('reopens an alert that is detected again before every sink accepted its recovery', async () => {
    const { one } = pair();
    await one.reconcileAlerts([verdict(LATE)], ['a'], NOON);
    await one.reconcileAlerts([verdict(null)], ['a'], NOON + SECOND);
    const [again] = await one.reconcileAlerts([verdict(LATE)], ['a'], NOON + 2n * SECOND);
    assert.deepEqual([again?.recoveredAt, again?.count, again?.firstSeen], [null, 2, NOON]);
  });

  it('follows the sinks: a new one gets every open alert, a removed one delays none', async () => {
    const { one } = pair();
    await one.reconcileAlerts([verdict(LATE)], ['a'], NOON);
    await one.recordDelivery('a', [{ key: 'orders/freshness', told: told('raised') }]);
    const [both] = await one.reconcileAlerts([], ['a', 'b'], NOON);
    assert.deepEqual(both?.told, { a: told('raised'), b: null });
    await one.recordDelivery('unknown', [{ key: 'orders/freshness', told: told('raised') }]);
    assert.deepEqual((await one.alerts())[0]?.told, both?.told);
    await one.reconcileAlerts([verdict(null)], ['a', 'b'], NOON);
    await one.recordDelivery('a', [{ key: 'orders/freshness', told: told('recovered') }]);
    assert.deepEqual(keys(await one.reconcileAlerts([], ['a'], NOON)), []);
  });

  it('stores nothing for a verdict without a finding', async () => {
    assert.deepEqual(await pair().one.reconcileAlerts([verdict(null)], ['a'], NOON), []);
  });

  it('accepts hundreds of verdicts at once', async () => {
    const { one } = pair();
    const many = Array.from({ length: 300 }, (_, index) => verdict(LATE, { topic: `t${1000 + index}` }));
    assert.equal((await one.reconcileAlerts(many, ['a'], NOON)).length, 300);
    const all = many.map(({ topic }) => ({ key: `${topic}/freshness`, told: told('raised') }));
    await one.recordDelivery('a', all);
    const stored = await pair().two.alerts();
    assert.deepEqual(new Set(stored.map((alert) => alert.told.a?.event)), new Set(['raised']));
  });
}
