import type { MutationGroup } from './mutation.ts';

/** What is masked, and what a change of contract means. */
export const CONTRACT_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/contract/masking.ts',
    tests: ['test/contract/masking.test.ts', 'test/contract/refused-masking.test.ts'],
    mutations: [
      {
        find: "level === 'confidential' || level === 'restricted'",
        replace: "level === 'restricted'",
        why: 'confidential columns are not masked',
      },
      {
        find: 'if (chosen === undefined && !personal) return null',
        replace: 'if (chosen === undefined) return null',
        why: 'a classification alone masks nothing',
      },
      { find: 'const DEFAULT_KEEP = 4', replace: 'const DEFAULT_KEEP = 5', why: 'partial keeps one more' },
      { find: 'const MAX_KEEP = 8', replace: 'const MAX_KEEP = 9', why: 'partial may keep nine' },
      {
        find: 'one === text?.toLowerCase()',
        replace: 'one === text',
        why: 'a classification in capitals is unknown',
      },
    ],
  },
  {
    file: 'src/contract/rejects-rows.ts',
    tests: ['test/semantic/plan.test.ts'],
    mutations: [
      { find: '    column.cde ||\n', replace: '', why: 'a broken critical data element becomes NULL' },
      { find: '    column.required ||\n', replace: '', why: 'a broken required column becomes NULL' },
      {
        find: "    topic.onTypeMismatch === 'reject' ||\n",
        replace: '',
        why: 'onTypeMismatch: reject rejects nothing',
      },
      { find: "'validValues', ", replace: '', why: 'a rule of quality[] splits no rows' },
      { find: "'validPattern', ", replace: '', why: 'a pattern of quality[] splits no rows' },
    ],
  },
  {
    file: 'src/contract/change.ts',
    tests: ['test/contract/change.test.ts'],
    mutations: [
      {
        find: 'before.precision < after.precision',
        replace: 'before.precision > after.precision',
        why: 'fewer digits count as a wider type',
      },
      {
        find: 'before.scale === after.scale &&',
        replace: '',
        why: 'another scale counts as a wider type',
      },
      {
        find: "before.kind === 'int') return after.kind === 'long'",
        replace: "before.kind === 'int') return after.kind !== 'long'",
        why: 'int to anything but long counts as wider',
      },
      {
        find: 'const strict = column.required || column.cde;\n  const change: ContractChange = strict',
        replace: 'const strict = column.required && column.cde;\n  const change: ContractChange = strict',
        why: 'a new required column fits a table without it',
      },
    ],
  },
  {
    file: 'src/contract/gate-change.ts',
    tests: ['test/contract/gate-change.test.ts'],
    mutations: [
      {
        find: 'byOrder(before.length - after.length)',
        replace: 'byOrder(after.length - before.length)',
        why: 'a shorter maxLength counts as looser',
      },
      {
        find: 'Number(after.exclusive) - Number(before.exclusive)',
        replace: '0',
        why: 'an exclusive bound counts as the same',
      },
    ],
  },
];
