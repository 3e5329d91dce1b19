import type { QualityRule, RuleSeverity } from '../contract/model.ts';

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
  /** The bound in words: `at most 5 percent`. */
  readonly expected: string;
  /** null: unknown, which is neither passed nor failed. */
  readonly passed: boolean | null;
  readonly severity: RuleSeverity;
}
