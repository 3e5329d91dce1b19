import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  type Alert,
  type AlertChange,
  afterDelivery,
  type Finding,
  reconcile,
  type Verdict,
} from '../../../src/quality/alerts/alert.ts';
import { noticeJson, noticeLine } from '../../../src/quality/alerts/notice-words.ts';
import { dueNotices } from '../../../src/quality/alerts/notices.ts';

const HOUR = 3_600_000_000n;
const DAY = 24n * HOUR;
const error: Finding = { code: 'PIPELINE_LATE', severity: 'error', message: 'it is late', remedy: 'Run it.' };
const warning: Finding = { ...error, code: 'MAINTENANCE_OVERDUE', severity: 'warning' };
const verdict = (finding: Finding | null): Verdict => ({ topic: 'orders', kind: 'freshness', finding });

/** Drives alerts and one sink as a place does. `works`: whether the sink takes what is sent. */
class Driver {
  alerts: readonly Alert[] = [];
  readonly heard: string[] = [];
  readonly ids: string[] = [];

  look(finding: Finding | null, at: bigint, works = true): void {
    this.alerts = applied(this.alerts, reconcile(this.alerts, [verdict(finding)], ['sink'], at));
    for (const { id, event, alert } of dueNotices(this.alerts, 'sink', at, DAY)) {
      this.ids.push(id);
      if (!works) continue;
      this.heard.push(`${event} ${alert.finding.code}`);
      const delivered = {
        event: event === 'recovered' ? event : 'raised',
        code: alert.finding.code,
        at,
      } as const;
      const after = afterDelivery(alert, 'sink', delivered);
      this.alerts = applied(this.alerts, [{ key: alert.key, before: alert, after }]);
    }
  }
}

function applied(alerts: readonly Alert[], changes: readonly AlertChange[]): readonly Alert[] {
  const byKey = new Map(alerts.map((alert) => [alert.key, alert]));
  for (const { key, after } of changes) {
    if (after === null) byKey.delete(key);
    else byKey.set(key, after);
  }
  return [...byKey.values()];
}

suite('alerts', () => {
  test('a problem and its end are reported once each, however often it is checked', () => {
    const driver = new Driver();
    for (let hour = 0n; hour < 20n; hour++) driver.look(error, hour * HOUR);
    assert.equal(driver.alerts[0]?.count, 20);
    for (let hour = 20n; hour < 30n; hour++) driver.look(null, hour * HOUR);
    assert.deepEqual(driver.heard, ['raised PIPELINE_LATE', 'recovered PIPELINE_LATE']);
    assert.deepEqual(driver.alerts, []);
  });

  test('an error that stays is repeated each day, to the microsecond; a warning is not', () => {
    const driver = new Driver();
    driver.look(error, 0n);
    driver.look(error, DAY - 1n);
    assert.equal(driver.heard.length, 1);
    driver.look(error, DAY);
    driver.look(error, DAY + HOUR);
    driver.look(error, 2n * DAY);
    assert.deepEqual(driver.heard.slice(1), ['repeated PIPELINE_LATE', 'repeated PIPELINE_LATE']);
    const calm = new Driver();
    for (let day = 0n; day < 9n; day++) calm.look(warning, day * DAY);
    assert.deepEqual(calm.heard, ['raised MAINTENANCE_OVERDUE']);
  });

  test('another cause is reported immediately', () => {
    const driver = new Driver();
    driver.look(warning, 0n);
    driver.look(error, HOUR);
    assert.deepEqual(driver.heard, ['raised MAINTENANCE_OVERDUE', 'raised PIPELINE_LATE']);
    assert.equal(driver.alerts.length, 1);
  });

  test('a clock that was set back repeats nothing', () => {
    const driver = new Driver();
    driver.look(error, 10n * DAY);
    driver.look(error, DAY);
    assert.equal(driver.heard.length, 1);
  });

  test('an undelivered notification is retried under the same id', () => {
    const driver = new Driver();
    for (let hour = 0n; hour < 5n; hour++) driver.look(error, hour * HOUR, false);
    assert.deepEqual(driver.heard, []);
    assert.equal(new Set(driver.ids).size, 1);
    driver.look(error, 5n * HOUR);
    assert.deepEqual(driver.heard, ['raised PIPELINE_LATE']);
    driver.look(error, 40n * DAY);
    assert.equal(new Set(driver.ids).size, 2, 'a repetition is another notification');
  });

  test('a problem that came and went while the sink was down is reported as over', () => {
    const driver = new Driver();
    driver.look(error, 0n, false);
    driver.look(null, HOUR, false);
    driver.look(null, 2n * HOUR);
    assert.deepEqual(driver.heard, ['recovered PIPELINE_LATE']);
    assert.deepEqual(driver.alerts, []);
  });

  test('for every history, the sink gets each notification once, and the final state last', () => {
    const look = fc.record({ finding: fc.constantFrom(error, warning, null), works: fc.boolean() });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 40 }), fc.constantFrom(error, null), (looks, last) => {
        const driver = new Driver();
        for (const [hour, { finding, works }] of looks.entries())
          driver.look(finding, BigInt(hour) * HOUR, works);
        driver.look(last, 50n * HOUR);
        for (const [at, notice] of driver.heard.entries()) {
          const before = driver.heard[at - 1] ?? 'recovered';
          if (notice.startsWith('raised')) assert.notEqual(notice, before);
          if (notice.startsWith('repeated')) assert.ok(!before.startsWith('recovered'));
        }
        assert.equal(driver.alerts.length, last === null ? 0 : 1);
        if (last !== null) assert.match(driver.heard.at(-1) ?? '', /^(?:raised|repeated) PIPELINE_LATE$/);
        else if (driver.heard.length > 0) assert.match(driver.heard.at(-1) ?? '', /^recovered/);
      }),
      { numRuns: 300 },
    );
  });

  test('the worst comes first, and words and JSON say the same', () => {
    const kinds = [
      { topic: 'a', kind: 'maintenance', finding: warning },
      { topic: 'b', kind: 'balance', finding: { ...error, code: 'UNBALANCED', severity: 'critical' } },
      { topic: 'c', kind: 'freshness', finding: error },
    ] as const;
    const alerts = applied([], reconcile([], kinds, ['sink'], 0n));
    const due = dueNotices(alerts, 'sink', 0n, DAY);
    assert.deepEqual(
      due.map(({ alert }) => alert.topic),
      ['b', 'c', 'a'],
    );
    assert.deepEqual(dueNotices(alerts, 'another', 0n, DAY), []);
    const [first] = due;
    assert.ok(first !== undefined);
    assert.equal(noticeLine(first), 'ALERT critical b: UNBALANCED: it is late. Run it.');
    assert.deepEqual(noticeJson(first), {
      id: first.id,
      event: 'raised',
      key: 'b/balance',
      topic: 'b',
      kind: 'balance',
      code: 'UNBALANCED',
      severity: 'critical',
      message: 'it is late',
      remedy: 'Run it.',
      first_seen: '1970-01-01T00:00:00.000Z',
      last_seen: '1970-01-01T00:00:00.000Z',
      count: 1,
      recovered_at: null,
    });
  });
});
