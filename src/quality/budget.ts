/** How much of a unit or batch may go wrong before its topic halts. */
export interface Budget {
  /** 0..1. Only a greater share of bad ones is a breach, so 1 means never. */
  readonly share: number;
  /** A unit or batch with fewer messages or rows is not judged: 1 of 2 says nothing. */
  readonly minimum: number;
}

export interface BudgetBreach {
  readonly bad: number;
  readonly of: number;
  /** The budget's. */
  readonly share: number;
}

/** The breach, if `bad` of `of` messages or rows exceed the budget; else null. Pure: both places use it. */
export function budgetBreach(budget: Budget, bad: number, of: number): BudgetBreach | null {
  if (of < budget.minimum || of === 0 || bad / of <= budget.share) return null;
  return { bad, of, share: budget.share };
}
