import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type BalanceFigures,
  balanceOf,
  type EquationName,
  overallStatus,
  SETTLED,
  type TopicBalance,
} from '../../src/quality/balance.ts';
import { addBatch, addGone, addIntake, NO_TOTALS, NOTHING_GONE } from '../../src/quality/ledger.ts';
import { NO_COUNTS } from '../../src/semantic/fates.ts';

/**
 * 26 receptions: 21 in RAW (2 of them expired, 4 erased), 5 dead letters (1 erased, 1 expired). One row had expired
 * before the generation began; 15 RAW rows were processed in it, of which 1 + 4 are gone again, and 5 wait.
 */
const GOOD: BalanceFigures = {
  topic: 'orders',
  generation: 1,
  received: 26,
  pending: 0,
  rawRows: 15,
  backlog: 5,
  outcomes: { rawRows: 15, inserted: 7, updated: 2, duplicate: 1, superseded: 1, stale: 1, rejected: 3 },
  gone: {
    erased: 4,
    expired: 2,
    unreached: 1,
    carried: 1,
    erasedRows: 2,
    erasedErrors: 2,
    erasedLetters: 1,
    expiredLetters: 1,
  },
  liveRows: 6,
  liveRowsCounted: 6,
  unstampedErrors: 1,
  deadLettersStored: 5,
  deadLetters: { open: 1, replayed: 1, discarded: 1 },
  foreignSnapshots: [],
  settling: SETTLED,
};
const of = (parts: Partial<BalanceFigures>) => balanceOf({ ...GOOD, ...parts });
const YOUNG = { missing: 5, surplus: 2 };
const residuals = (balance: TopicBalance) =>
  Object.fromEntries(
    balance.equations.filter(({ residual }) => residual !== 0).map((e) => [e.name, e.residual]),
  );

/** Each figure alone is off by one: the equations that notice it, with their signs. */
const CELLS: readonly (readonly [Partial<BalanceFigures>, Partial<Record<EquationName, number>>])[] = [
  [{ received: 27 }, { intake: 1 }],
  [{ received: 25 }, { intake: -1 }],
  [{ pending: 1 }, { intake: -1 }],
  [{ rawRows: 16 }, { intake: -1, processing: 1 }],
  [{ backlog: 6 }, { processing: -1 }],
  [{ outcomes: { ...GOOD.outcomes, updated: 3 } }, { processing: -1 }],
  [{ outcomes: { ...GOOD.outcomes, inserted: 8 } }, { processing: -1, table: -1, table_counted: -1 }],
  [{ outcomes: { ...GOOD.outcomes, rejected: 4 } }, { processing: -1, errors: -1 }],
  [{ gone: { ...GOOD.gone, expired: 3 } }, { intake: -1, processing: 1 }],
  [{ gone: { ...GOOD.gone, erased: 5 } }, { intake: -1, processing: 1 }],
  [{ gone: { ...GOOD.gone, unreached: 2 } }, { processing: -1 }],
  [{ gone: { ...GOOD.gone, carried: 2 } }, { table: -1, table_counted: -1 }],
  [{ gone: { ...GOOD.gone, erasedRows: 3 } }, { table: 1, table_counted: 1 }],
  [{ gone: { ...GOOD.gone, erasedErrors: 3 } }, { errors: 1 }],
  [{ gone: { ...GOOD.gone, erasedLetters: 2 } }, { intake: -1, dead_letters: -1 }],
  [{ gone: { ...GOOD.gone, expiredLetters: 2 } }, { intake: -1, dead_letters: -1 }],
  [{ liveRows: 7 }, { table: 1 }],
  [{ liveRowsCounted: 5 }, { table_counted: -1 }],
  [{ unstampedErrors: 0 }, { errors: -1 }],
  [{ deadLettersStored: 6 }, { dead_letters: 1 }],
  [{ deadLetters: { open: 2, replayed: 1, discarded: 1 } }, { intake: -1, dead_letters: -1 }],
];

describe('water balance', () => {
  it('is balanced if every equation holds', () => {
    const balance = of({});
    assert.equal(balance.status, 'balanced');
    assert.deepEqual(residuals(balance), {});
    const intake = balance.equations.find(({ name }) => name === 'intake');
    assert.deepEqual([intake?.left, intake?.right], [26, 26]);
    assert.deepEqual(
      intake?.terms.map(({ name, value }) => [name, value]),
      [
        ['received', 26],
        ['raw', 15],
        ['expired', 2],
        ['erased', 4],
        ['dead_lettered', 5],
        ['pending', 0],
      ],
    );
  });

  for (const [parts, expected] of CELLS) {
    it(`notices ${JSON.stringify(parts)}`, () => {
      const balance = of(parts);
      assert.equal(balance.status, 'unbalanced');
      assert.deepEqual(residuals(balance), expected);
    });
  }

  const FIGURES = [
    'received',
    'pending',
    'rawRows',
    'backlog',
    'liveRows',
    'liveRowsCounted',
    'unstampedErrors',
    'deadLettersStored',
    'deadLetters',
  ] as const;
  for (const name of FIGURES) {
    it(`says unknown, never zero, if ${name} is unknown`, () => {
      const balance = of({ [name]: { unknown: 'no access' } });
      assert.equal(balance.status, 'unknown');
      assert.ok(
        balance.equations.some(
          ({ residual, left, right }) => residual === null && (left === null || right === null),
        ),
      );
      assert.match(balance.unknown.join(), /no access/);
      // A known error in another equation is still reported.
      const wrong = name === 'unstampedErrors' ? { deadLettersStored: 9 } : { unstampedErrors: 9 };
      assert.equal(of({ ...wrong, [name]: { unknown: 'no access' } }).status, 'unbalanced');
    });
  }

  it('names foreign writes, even those that keep the number of rows', () => {
    const balance = of({ foreignSnapshots: [{ snapshotId: 7n, rows: 0 }] });
    assert.equal(balance.status, 'unbalanced');
    assert.deepEqual(balance.namedResiduals, [
      { name: 'FOREIGN_WRITE', equation: 'table', snapshotId: 7n, rows: 0 },
    ]);
  });

  it('settles only while receptions are under way and nothing else is wrong', () => {
    assert.equal(of({ received: 31, settling: YOUNG }).status, 'settling');
    assert.equal(of({ received: 32, settling: YOUNG }).status, 'unbalanced');
    assert.equal(of({ received: 31 }).status, 'unbalanced');
    assert.equal(of({ received: 24, settling: YOUNG }).status, 'settling');
    assert.equal(of({ received: 23, settling: YOUNG }).status, 'unbalanced');
    assert.equal(of({ received: 31, settling: YOUNG, liveRows: 9 }).status, 'unbalanced');
    assert.equal(of({ received: 31, settling: YOUNG, liveRows: { unknown: 'x' } }).status, 'unknown');
    assert.equal(of({ settling: YOUNG }).status, 'balanced');
  });

  it('subtracts copies and adds undelivered records', () => {
    assert.equal(of({ received: 26, delivery: { extraCopies: 2, undelivered: 2 } }).status, 'balanced');
    assert.deepEqual(residuals(of({ delivery: { extraCopies: 1, undelivered: 0 } })), { intake: 1 });
    assert.deepEqual(residuals(of({ delivery: { extraCopies: 0, undelivered: 1 } })), { intake: -1 });
    const unread = { extraCopies: 0, undelivered: { unknown: 'no bucket' } };
    assert.equal(of({ delivery: unread }).status, 'unknown');
  });

  it('returns the worst status of all topics', () => {
    const [good, bad] = [of({}), of({ received: 0 })];
    const [unknown, settling] = [of({ received: { unknown: 'x' } }), of({ received: 31, settling: YOUNG })];
    assert.equal(overallStatus([]), 'balanced');
    assert.equal(overallStatus([good, settling]), 'settling');
    assert.equal(overallStatus([settling, unknown, good]), 'unknown');
    assert.equal(overallStatus([unknown, bad, settling]), 'unbalanced');
  });
});

describe('ledger', () => {
  const counts = fc.record({
    inserted: fc.nat(1e6),
    updated: fc.nat(1e6),
    duplicate: fc.nat(1e6),
    superseded: fc.nat(1e6),
    stale: fc.nat(1e6),
    rejected: fc.nat(1e6),
  });

  it('ends with the same totals however the rows are split into batches', () => {
    fc.assert(
      fc.property(fc.array(counts, { maxLength: 8 }), (batches) => {
        const whole = batches.reduce(
          (totals, batch) => addBatch(totals, 'incremental', { ...NO_COUNTS, ...batch }),
          NO_TOTALS,
        );
        for (const fate of ['inserted', 'updated', 'duplicate', 'superseded', 'stale', 'rejected'] as const) {
          assert.equal(
            whole.outcomes[fate],
            batches.reduce((sum, batch) => sum + batch[fate], 0),
          );
        }
      }),
    );
  });

  it('restarts fates with a rebuild, and keeps what was received', () => {
    const before = addBatch(addIntake(NO_TOTALS, { received: 9, raw: 8, deadLettered: 1 }), 'incremental', {
      ...NO_COUNTS,
      rawRows: 8,
      inserted: 8,
    });
    const after = addBatch(before, 'rebuild', { ...NO_COUNTS, rawRows: 8, rejected: 8 });
    assert.deepEqual(after.outcomes, { ...NO_COUNTS, rawRows: 8, rejected: 8 });
    assert.deepEqual([after.received, after.raw, after.deadLettered], [9, 8, 1]);
  });

  it('keeps the counts of removed rows, and after a rebuild the counts of rows that its batches never saw', () => {
    const gone = addGone(addGone(NO_TOTALS, { erased: 3, erasedRows: 1, expiredLetters: 2 }), { expired: 4 });
    assert.deepEqual(gone.gone, {
      ...NOTHING_GONE,
      erased: 3,
      expired: 4,
      erasedRows: 1,
      expiredLetters: 2,
    });
    const rebuilt = addBatch(addGone(gone, { carried: 9, erasedErrors: 1 }), 'rebuild', NO_COUNTS);
    assert.deepEqual(rebuilt.gone, {
      ...NOTHING_GONE,
      erased: 3,
      expired: 4,
      unreached: 7,
      expiredLetters: 2,
    });
  });
});
