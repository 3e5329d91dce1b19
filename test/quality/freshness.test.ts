import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clocks, type FreshnessState, freshnessOf, type Moment } from '../../src/quality/freshness.ts';

const NOW = 1_772_323_200_000_000n;
const LIMITS = { warnSeconds: 100, lateSeconds: 200 };
const ago = (seconds: number): bigint => NOW - BigInt(seconds) * 1_000_000n;
const UNKNOWN = { unknown: 'no access' };

const judge = (newestEvent: Moment, oldestPending: Moment, oldestUnprocessed: Moment) => {
  const clocks: Clocks = { now: NOW, future: null, newestEvent, oldestPending, oldestUnprocessed };
  return freshnessOf(clocks, LIMITS);
};

/** Newest event, oldest pending, oldest unprocessed → state. */
const CELLS: readonly (readonly [Moment, Moment, Moment, FreshnessState])[] = [
  [null, null, null, 'NO_DATA_YET'],
  [ago(0), null, null, 'FRESH'],
  [ago(100), null, null, 'FRESH'],
  [ago(101), null, null, 'WARN'],
  [ago(200), null, null, 'WARN'],
  [ago(201), null, null, 'UPSTREAM_SILENT'],
  [ago(1), ago(100), ago(100), 'FRESH'],
  [ago(1), ago(101), null, 'WARN'],
  [ago(1), null, ago(101), 'WARN'],
  [ago(1), ago(200), null, 'WARN'],
  [ago(1), null, ago(200), 'WARN'],
  [ago(1), ago(201), null, 'PIPELINE_LATE'],
  [ago(1), null, ago(201), 'PIPELINE_LATE'],
  // Data that waits in the pipeline explains old data in the table. The producer is not at fault.
  [ago(500), null, ago(201), 'PIPELINE_LATE'],
  [ago(500), ago(1), null, 'UPSTREAM_SILENT'],
  // The first messages wait. There is data, but not in a table yet.
  [null, ago(1), null, 'FRESH'],
  [null, ago(150), null, 'WARN'],
  [null, ago(300), null, 'PIPELINE_LATE'],
  // Unknown is never healthy, and never hides what is known to be late.
  [UNKNOWN, null, null, 'UNKNOWN'],
  [ago(1), UNKNOWN, null, 'UNKNOWN'],
  [ago(1), null, UNKNOWN, 'UNKNOWN'],
  [ago(500), UNKNOWN, null, 'UNKNOWN'],
  [UNKNOWN, ago(201), UNKNOWN, 'PIPELINE_LATE'],
  // A small skew is normal. A larger one makes every age meaningless.
  [ago(-300), null, null, 'FRESH'],
  [ago(-301), null, null, 'UNKNOWN'],
  [ago(1), ago(-301), null, 'UNKNOWN'],
  [ago(1), null, ago(-301), 'UNKNOWN'],
];

describe('freshness', () => {
  for (const [newest, pending, unprocessed, state] of CELLS) {
    const show = (moment: Moment) =>
      typeof moment === 'bigint' ? `${(NOW - moment) / 1_000_000n} s` : (moment?.unknown ?? '-');
    it(`event ${show(newest)}, pending ${show(pending)}, unprocessed ${show(unprocessed)}: ${state}`, () => {
      assert.equal(judge(newest, pending, unprocessed).state, state);
    });
  }

  it('is unknown without a service level', () => {
    for (const [newestEvent, oldestPending, oldestUnprocessed] of CELLS) {
      const clocks: Clocks = { now: NOW, future: null, newestEvent, oldestPending, oldestUnprocessed };
      const { state, reason } = freshnessOf(clocks, { unknown: 'no contract' });
      assert.equal(state, 'UNKNOWN');
      assert.match(reason, /service level.*no contract/);
    }
  });

  it('returns ages in seconds, and the reason in words', () => {
    assert.deepEqual(judge(ago(500), null, ago(250)), {
      state: 'PIPELINE_LATE',
      reason: 'the oldest unprocessed RAW row was ingested 4 min 10 s ago; the limit is 3 min 20 s',
      newestEventAge: 500,
      oldestPendingAge: null,
      oldestUnprocessedAge: 250,
    });
    assert.match(judge(ago(-3600), null, null).reason, /1 h in the future/);
    assert.match(judge(UNKNOWN, null, null).reason, /no access/);
  });
});
