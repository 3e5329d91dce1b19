import type { MutationGroup } from './mutation.ts';

/** What a contract asks of the job. */
export const SEMANTIC_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/semantic/plan.ts',
    tests: ['test/sql/resolve.test.ts', 'test/semantic/plan.test.ts'],
    mutations: [
      {
        find: "if (column.cde) return 'CDE_MISSING'",
        replace: 'if (column.cde) return null',
        why: 'a critical data element may be absent',
      },
      {
        find: "if (column.keyPosition !== null) return 'KEY_MISSING'",
        replace: "if (column.keyPosition === 1) return 'KEY_MISSING'",
        why: 'a part of the key may be absent',
      },
      {
        find: "return column.required ? 'REQUIRED_MISSING' : null",
        replace: 'return null',
        why: 'a required column may be absent',
      },
      {
        find: "rejects: missing !== null || topic.onTypeMismatch === 'reject'",
        replace: 'rejects: missing !== null',
        why: 'onTypeMismatch: reject rejects nothing',
      },
      {
        find: "rejects: missing !== null || topic.onTypeMismatch === 'reject'",
        replace: "rejects: topic.onTypeMismatch === 'reject'",
        why: 'a violation of a required column becomes NULL',
      },
      {
        find: "columns.some((column) => column.masking?.kind === 'hash')",
        replace: "columns.every((column) => column.masking?.kind === 'hash')",
        why: 'a topic that hashes runs without a key',
      },
      {
        find: 'topic.key.length > 0 ? topic.key : [IDEMPOTENCY_KEY]',
        replace: 'topic.key.length > 1 ? topic.key : [IDEMPOTENCY_KEY]',
        why: 'a key of one column is not used',
      },
    ],
  },
  {
    file: 'src/semantic/intent.ts',
    tests: ['test/semantic/intent.test.ts'],
    mutations: [
      'scope.kind',
      'scope.topic',
      'scope.generation',
      'scope.contractVersion',
      'scope.afterBatchId',
    ].map((part) => ({
      find: `    ${part},\n`,
      replace: '    null,\n',
      why: `the batch id does not tell apart batches that differ in ${part.slice(6)}`,
    })),
  },
];
