import { compareDecimals, parseDecimal } from '../contract/decimal.ts';
import type { QualityRule, RuleBound, RuleSeverity } from '../contract/model.ts';
import { invariant } from '../errors/error.ts';

/** What one table rule of the contract (quality[]) said about the semantic table as a batch left it. Holds no value of a row. */
export interface CheckResult {
  /** The rule's name, unique in its contract. */
  readonly rule: string;
  readonly metric: QualityRule['metric'];
  /** The columns that it looks at, joined by ', '; null: the table as a whole. */
  readonly column: string | null;
  /** Rows that the metric counts; null: they could not be told. */
  readonly measured: number | null;
  /** Rows of the table; null: they could not be told. */
  readonly rows: number | null;
  readonly unit: QualityRule['unit'];
  /** The bound in words: `at most 5 % of the rows`. */
  readonly expected: string;
  /** null: unknown, which is neither passed nor failed. */
  readonly passed: boolean | null;
  /** Why it is unknown, for people; null where it is not. */
  readonly reason: string | null;
  readonly severity: RuleSeverity;
}

/** What a rule counted, as the engine says it, in rows. */
export type Measured = { readonly measured: number; readonly rows: number } | { readonly unknown: string };

/** A reason is kept with every batch. */
const MAX_REASON = 300;

/** Judges a figure by its rule. A share of no rows is unknown. */
export function judgeRule(rule: QualityRule, figure: Measured): CheckResult {
  const { measured, rows } = 'unknown' in figure ? { measured: null, rows: null } : figure;
  const empty = rule.unit === 'percent' && rows === 0 ? 'the table has no rows to take a share of' : null;
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

/** Exact: a share is compared by multiplying out, so that no third of a percent is rounded. */
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
