import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { QualityRule, RuleBound } from '../../src/contract/model.ts';
import { judgeRule } from '../../src/quality/rule-results.ts';

const rule = (bound: RuleBound, unit: QualityRule['unit'] = 'rows'): QualityRule => ({
  name: 'few nulls',
  metric: 'nullValues',
  columns: ['note'],
  gates: [],
  nulls: true,
  unit,
  bound,
  severity: 'warning',
});
const single = (
  operator: Exclude<RuleBound['operator'], 'between' | 'notBetween'>,
  value: string,
): RuleBound => ({
  operator,
  value,
});

/** Bound, figures that pass, figures that don't. */
const OPERATORS: readonly (readonly [RuleBound, readonly number[], readonly number[], string])[] = [
  [single('equal', '5'), [5], [4, 6], '5 rows'],
  [single('notEqual', '5'), [4, 6], [5], 'not 5 rows'],
  [single('above', '5'), [6], [4, 5], 'more than 5 rows'],
  [single('atLeast', '5'), [5, 6], [4], 'at least 5 rows'],
  [single('below', '5'), [4], [5, 6], 'fewer than 5 rows'],
  [single('atMost', '5'), [4, 5], [6], 'at most 5 rows'],
  [{ operator: 'between', low: '5', high: '7' }, [5, 6, 7], [4, 8], 'between 5 and 7 rows'],
  [{ operator: 'notBetween', low: '5', high: '7' }, [4, 8], [5, 6, 7], 'not between 5 and 7 rows'],
];

suite('table rules', () => {
  for (const [bound, passing, failing, words] of OPERATORS) {
    test(`${bound.operator}: ${words}`, () => {
      for (const measured of [...passing, ...failing]) {
        const result = judgeRule(rule(bound), { measured, rows: 100 });
        assert.equal(result.passed, passing.includes(measured), String(measured));
        assert.deepEqual([result.expected, result.reason, result.rows], [words, null, 100]);
      }
    });
  }

  test('a share is compared exactly', () => {
    const third = rule(single('atMost', '33.333333333333333'), 'percent');
    assert.equal(judgeRule(third, { measured: 1, rows: 3 }).passed, false);
    const limit = rule(single('atMost', '0.1'), 'percent');
    assert.equal(judgeRule(limit, { measured: 3, rows: 3_000 }).passed, true);
    assert.equal(judgeRule(limit, { measured: 4, rows: 3_000 }).passed, false);
    assert.equal(judgeRule(limit, { measured: 4, rows: 3_000 }).expected, 'at most 0.1 % of the rows');
    const range = rule({ operator: 'between', low: '0.5', high: '50' }, 'percent');
    assert.deepEqual(
      [0, 1, 100, 101].map((measured) => judgeRule(range, { measured, rows: 200 }).passed),
      [false, true, true, false],
    );
  });

  test('an unknown figure has neither passed nor failed, and has a reason', () => {
    const empty = judgeRule(rule(single('below', '5'), 'percent'), { measured: 0, rows: 0 });
    assert.deepEqual([empty.passed, empty.measured, empty.rows], [null, 0, 0]);
    assert.match(empty.reason ?? '', /no rows/);
    const unread = judgeRule(rule(single('below', '5')), { unknown: 'x'.repeat(9_999) });
    assert.deepEqual([unread.passed, unread.measured, unread.rows], [null, null, null]);
    assert.equal(unread.reason?.length, 300);
    assert.equal(judgeRule(rule(single('below', '5')), { measured: 0, rows: 0 }).passed, true, 'no share');
  });
});
