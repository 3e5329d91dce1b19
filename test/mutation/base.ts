import { operator, withoutOperand, withoutStatement } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** Retries of commits that lost a race. */
export const BASE_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/base/retry.test.ts'],
    mutations: [
      { in: 'retry', change: withoutOperand('retryable'), why: 'every error is retried' },
      { in: 'retry', change: operator('===', '>', 'attempts'), why: 'one attempt too many' },
      { in: 'retry', change: withoutStatement('throwIfStopped()'), why: 'a retry cannot be cancelled' },
      {
        in: 'base/retry#isConflict',
        change: withoutOperand('code'),
        why: 'every error counts as a conflict',
      },
    ],
  },
];
