import { compareDecimals, parseDecimal } from '../contract/decimal.ts';
import type { QualityRule, RuleBound, RuleSeverity } from '../contract/model.ts';
import { invariant } from '../errors/error.ts';

/** The result of one table rule (quality[]) for the semantic table after a batch. Holds no value of a row. */
export interface CheckResult {
  /** The rule's name, unique in its contract. */
  readonly rule: string;
  readonly metric: QualityRule['metric'];
  /** The columns that it examines, joined by ', '. null: the whole table. */
  readonly column: string | null;
  /** Rows that the metric counts. null: unknown. */
  readonly measured: number | null;
  /** Rows of the table. null: unknown. */
  readonly rows: number | null;
  readonly unit: QualityRule['unit'];
  /** The bound in words: `at most 5 % of the rows`. */
  readonly expected: string;
  /** null: unknown, which is neither passed nor failed. */
  readonly passed: boolean | null;
  /** Why it is unknown, for people. null if it is known. */
  readonly reason: string | null;
  readonly severity: RuleSeverity;
}

/** What the engine counted for a rule, in rows. */
export type Measured = { readonly measured: number; readonly rows: number } | { readonly unknown: string };

/** Each batch stores the reason. In characters. */
const MAX_REASON = 300;

/** Judges a figure by its rule. A share of zero rows is unknown. */
export function judgeRule(rule: QualityRule, figure: Measured): CheckResult {
  const { measured, rows } = 'unknown' in figure ? { measured: null, rows: null } : figure;
  const empty = rule.unit === 'percent' && rows === 0 ? 'the table has no rows, so there is no share' : null;
  const reason = 'unknown' in figure ? figure.unknown.slice(0, MAX_REASON) : empty;
  return {
    rule: rule.name,
    metric: rule.metric,
    column: rule.columns.length === 0 ? null : rule.columns.join(', '),
    measured,
    rows,
    unit: rule.unit,
    expected: boundText(rule),
    passed: measured === null || rows === null || reason !== null ? null : holds(rule, measured, rows),
    reason,
    severity: rule.severity,
  };
}

/** Exact: shares are compared after multiplying out, so nothing is rounded. */
function holds({ unit, bound }: QualityRule, measured: number, rows: number): boolean {
  const [left, scale] = unit === 'percent' ? [measured * 100, rows] : [measured, 1];
  const order = (text: string): number => {
    const value = parseDecimal(text);
    invariant(value !== null, 'a bound is a number');
    return compareDecimals(
      { unscaled: BigInt(left), scale: 0 },
      { unscaled: value.unscaled * BigInt(scale), scale: value.scale },
    );
  };
  switch (bound.operator) {
    case 'equal':
      return order(bound.value) === 0;
    case 'notEqual':
      return order(bound.value) !== 0;
    case 'above':
      return order(bound.value) > 0;
    case 'atLeast':
      return order(bound.value) >= 0;
    case 'below':
      return order(bound.value) < 0;
    case 'atMost':
      return order(bound.value) <= 0;
    case 'between':
      return order(bound.low) >= 0 && order(bound.high) <= 0;
    case 'notBetween':
      return order(bound.low) < 0 || order(bound.high) > 0;
  }
}

const WORDS: Readonly<Record<Exclude<RuleBound['operator'], 'between' | 'notBetween'>, string>> = {
  equal: '',
  notEqual: 'not ',
  above: 'more than ',
  atLeast: 'at least ',
  below: 'fewer than ',
  atMost: 'at most ',
};

function boundText({ bound, unit }: QualityRule): string {
  const of = unit === 'percent' ? '% of the rows' : 'value' in bound && bound.value === '1' ? 'row' : 'rows';
  if ('low' in bound)
    return `${bound.operator === 'between' ? '' : 'not '}between ${bound.low} and ${bound.high} ${of}`;
  return `${WORDS[bound.operator]}${bound.value} ${of}`;
}
