import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetBreach } from '../../src/quality/budget.ts';

const budget = { share: 0.1, minimum: 100 };

test('a budget is broken only beyond its share', () => {
  assert.equal(budgetBreach(budget, 10, 100), null);
  assert.deepEqual(budgetBreach(budget, 11, 100), { bad: 11, of: 100, share: 0.1 });
  assert.equal(budgetBreach(budget, 100, 1_000), null);
  assert.deepEqual(budgetBreach(budget, 101, 1_000), { bad: 101, of: 1_000, share: 0.1 });
});

test('nothing is judged below the minimum, and a share of 1 is never broken', () => {
  assert.equal(budgetBreach(budget, 99, 99), null);
  assert.equal(budgetBreach(budget, 0, 0), null);
  assert.equal(budgetBreach({ share: 1, minimum: 1 }, 100, 100), null);
  assert.deepEqual(budgetBreach({ share: 0, minimum: 1 }, 1, 1), { bad: 1, of: 1, share: 0 });
  assert.equal(budgetBreach({ share: 0, minimum: 1 }, 0, 1), null);
});
