import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addBatch, addGone, addIntake, NO_TOTALS, NOTHING_GONE } from '../../src/quality/ledger.ts';
import { NO_COUNTS } from '../../src/semantic/fates.ts';

const COUNTS = {
  rawRows: 21,
  inserted: 1,
  updated: 2,
  duplicate: 3,
  superseded: 4,
  stale: 5,
  rejected: 6,
};

suite('the ledger', () => {
  test('adds the figures of ingest commits', () => {
    const once = addIntake(NO_TOTALS, { received: 9, raw: 7, deadLettered: 2 });
    const twice = addIntake(once, { received: 5, raw: 4, deadLettered: 1 });
    assert.deepEqual([twice.received, twice.raw, twice.deadLettered], [14, 11, 3]);
    assert.deepEqual(twice.outcomes, NO_COUNTS);
  });

  test('adds up every figure of every batch', () => {
    const twice = addBatch(addBatch(NO_TOTALS, 'incremental', COUNTS), 'incremental', COUNTS);
    const doubled = Object.fromEntries(Object.entries(COUNTS).map(([name, value]) => [name, 2 * value]));
    assert.deepEqual(twice.outcomes, doubled);
  });

  test('a redrive moves rows from rejected to other fates', () => {
    const before = addBatch(NO_TOTALS, 'incremental', COUNTS);
    const after = addBatch(before, 'redrive', { ...NO_COUNTS, rejected: -2, inserted: 2 });
    assert.deepEqual(after.outcomes, { ...COUNTS, rejected: 4, inserted: 3 });
  });

  test('adds removed rows, which no rebuild can process', () => {
    const before = addGone(addGone(NO_TOTALS, { erased: 1, erasedRows: 1, carried: 5 }), {
      erased: 2,
      expired: 7,
      erasedErrors: 4,
      expiredLetters: 3,
    });
    assert.deepEqual(before.gone, {
      ...NOTHING_GONE,
      erased: 3,
      expired: 7,
      erasedRows: 1,
      erasedErrors: 4,
      carried: 5,
      expiredLetters: 3,
    });
    const after = addBatch(before, 'rebuild', COUNTS);
    assert.deepEqual(after.outcomes, COUNTS);
    assert.deepEqual(after.gone, {
      ...NOTHING_GONE,
      erased: 3,
      expired: 7,
      unreached: 10,
      expiredLetters: 3,
    });
  });
});
