import { type Cursor, show } from './cursor.ts';
import { compareDecimals, type Decimal, formatDecimal, parseDecimal } from './decimal.ts';
import type { QualityRule, RuleBound } from './model.ts';

const SINGLE = {
  mustBe: 'equal',
  mustNotBe: 'notEqual',
  mustBeGreaterThan: 'above',
  mustBeGreaterOrEqualTo: 'atLeast',
  mustBeLessThan: 'below',
  mustBeLessOrEqualTo: 'atMost',
} as const;
const RANGE = { mustBeBetween: 'between', mustNotBeBetween: 'notBetween' } as const;

/** ODCS's names of the bounds of a library rule. */
export const OPERATORS: readonly string[] = [...Object.keys(SINGLE), ...Object.keys(RANGE)];

/** No table has more rows. A bound beyond this is a mistake. */
const LARGEST_COUNT = parseDecimal('1000000000000');
const LARGEST_SHARE = parseDecimal('100');

/** Reads the bound of a rule. null if there is none, if there are several, or if it is wrong. */
export function readBound(rule: Cursor, unit: QualityRule['unit']): RuleBound | null {
  const [first, second] = OPERATORS.filter((name) => rule.get(name) !== null);
  if (first === undefined)
    rule.fail('a bound is missing, such as mustBe: 0', `Add one of ${OPERATORS.join(', ')}.`);
  if (second !== undefined)
    rule
      .get(second)
      ?.fail(`a second bound besides ${first}`, 'Write a rule for each bound, or mustBeBetween.');
  if (first === undefined || second !== undefined) return null;
  const at = rule.get(first);
  if (at === null) return null;
  for (const [name, operator] of Object.entries(SINGLE)) {
    const value = name === first ? figure(at, unit) : null;
    if (value !== null) return { operator, value: formatDecimal(value) };
  }
  for (const [name, operator] of Object.entries(RANGE)) {
    const ends = name === first ? range(at, unit) : null;
    if (ends !== null) return { operator, low: formatDecimal(ends[0]), high: formatDecimal(ends[1]) };
  }
  return null;
}

function range(at: Cursor, unit: QualityRule['unit']): readonly [Decimal, Decimal] | null {
  const [lowAt, highAt, ...more] = at.list();
  if (lowAt === undefined || highAt === undefined || more.length > 0) {
    at.expected('a list of two numbers', 'Write both ends, as in [1, 10]. The range includes them.');
    return null;
  }
  const [low, high] = [figure(lowAt, unit), figure(highAt, unit)];
  if (low === null || high === null) return null;
  if (compareDecimals(low, high) <= 0) return [low, high];
  at.fail('the first end of the range is above the second', 'Swap them.');
  return null;
}

function figure(at: Cursor, unit: QualityRule['unit']): Decimal | null {
  const text = at.numberText();
  const value = text === null ? null : parseDecimal(text);
  const largest = unit === 'percent' ? LARGEST_SHARE : LARGEST_COUNT;
  const fits =
    value !== null &&
    value.unscaled >= 0n &&
    (unit === 'percent' || value.scale === 0) &&
    largest !== null &&
    compareDecimals(value, largest) <= 0;
  if (fits) return value;
  if (text !== null)
    at.fail(
      `expected ${unit === 'percent' ? 'a share from 0 to 100' : 'a whole number of rows'}, found ${show(text)}`,
      unit === 'percent' ? 'Write percent, as in 2.5.' : 'Write a number of rows, or add unit: percent.',
    );
  return null;
}
