import type { MutationGroup } from './mutation.ts';

/** What a contract asks of the job. */
export const SEMANTIC_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/pipeline/batches/unreachable-rows.ts',
    tests: ['test/embedded/maintain/unreachable.test.ts'],
    mutations: [
      {
        find: 'return !follows ||',
        replace: 'return',
        why: 'a key of another type is taken for the same key',
      },
      {
        find: 'return !follows || !isShownAlike ||',
        replace: 'return !follows ||',
        why: 'a column that is masked since is taken over as it was',
      },
      {
        find: 'if (old === undefined) return true;',
        replace: 'if (old === undefined) return false;',
        why: 'a column that comes back masked is taken over as it was before it went',
      },
      {
        find: "CASE WHEN left(t._batch_id, ${CARRIED.length}) = '${CARRIED}' THEN t._batch_id ELSE '${CARRIED}' || t._batch_id END",
        replace: 't._batch_id',
        why: 'a row that was taken over is not marked',
      },
    ],
  },
  {
    file: 'src/semantic/plan.ts',
    tests: ['test/semantic/plan.test.ts'],
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
