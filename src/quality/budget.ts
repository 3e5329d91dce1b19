/** How much of a unit or batch may go wrong before its topic stops for a person. */
export interface Budget {
  /** 0..1; only a greater share of bad ones is a breach, so 1 means never. */
  readonly share: number;
  /** A unit or batch of fewer messages or rows is not judged: 1 of 2 says nothing. */
  readonly minimum: number;
}

export interface BudgetBreach {
  readonly bad: number;
  readonly of: number;
  /** The budget's. */
  readonly share: number;
}

/** Whether `bad` of `of` messages or rows go beyond the budget; null where they don't. Pure: both homes judge by it. */
export function budgetBreach(budget: Budget, bad: number, of: number): BudgetBreach | null {
  if (of < budget.minimum || of === 0 || bad / of <= budget.share) return null;
  return { bad, of, share: budget.share };
}
