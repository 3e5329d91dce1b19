/** A unit or batch in which more went wrong than its topic's budget allows. */
export interface BudgetBreach {
  /** Dead letters, or rejected rows. */
  readonly bad: number;
  readonly of: number;
  /** The budget: 0..1. */
  readonly share: number;
}
