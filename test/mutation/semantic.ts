import { branch, instead, returns, text, withoutOperand } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** What a contract requires of the job. */
export const SEMANTIC_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/embedded/maintain/unreachable.test.ts'],
    mutations: [
      {
        in: 'changedColumns',
        change: withoutOperand('follows'),
        why: 'a key of another type counts as the same key',
      },
      {
        in: 'changedColumns',
        change: withoutOperand('isShownAlike'),
        why: 'a column that was masked later is carried over unmasked',
      },
      {
        in: 'changedColumns',
        change: returns('old === undefined', 'false'),
        why: 'a column that returns masked is carried over unmasked',
      },
      {
        in: 'carriedSql',
        change: text(
          "CASE WHEN left(t._batch_id, ${CARRIED.length}) = '${CARRIED}' THEN t._batch_id ELSE '${CARRIED}' || t._batch_id END",
          't._batch_id',
        ),
        why: 'a row that was carried over is not marked',
      },
    ],
  },
  {
    tests: ['test/semantic/plan.test.ts'],
    mutations: [
      {
        in: 'missingCode',
        change: returns('CDE_MISSING', 'null'),
        why: 'a critical data element may be absent',
      },
      {
        in: 'missingCode',
        change: instead('column.keyPosition !== null', 'column.keyPosition === 1'),
        why: 'a part of the key may be absent',
      },
      { in: 'missingCode', change: branch('else', 'required'), why: 'a required column may be absent' },
      {
        in: 'plan#planOf',
        change: instead('columns.some', 'columns.every'),
        why: 'a topic that hashes runs without a key',
      },
      {
        in: 'plan#planOf',
        change: instead('topic.key.length > 0', 'topic.key.length > 1'),
        why: 'a key of one column is not used',
      },
    ],
  },
  {
    tests: ['test/semantic/intent.test.ts'],
    mutations: [
      {
        in: 'batchIdOf',
        change: instead('scope.kind', 'null'),
        why: 'the batch id is the same for batches that differ in kind',
      },
      {
        in: 'batchIdOf',
        change: instead('scope.topic', 'null'),
        why: 'the batch id is the same for batches that differ in topic',
      },
      {
        in: 'batchIdOf',
        change: instead('scope.generation', 'null'),
        why: 'the batch id is the same for batches that differ in generation',
      },
      {
        in: 'batchIdOf',
        change: instead('scope.contractVersion', 'null'),
        why: 'the batch id is the same for batches that differ in contractVersion',
      },
      {
        in: 'batchIdOf',
        change: instead('scope.afterBatchId', 'null'),
        why: 'the batch id is the same for batches that differ in afterBatchId',
      },
    ],
  },
];
