import { constant, instead, operator, withoutCall, withoutElement, withoutOperand } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** What is masked, and what a change of contract means. */
export const CONTRACT_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/contract/masking.test.ts', 'test/contract/refused-masking.test.ts'],
    mutations: [
      {
        in: 'isPersonal',
        change: withoutOperand('confidential'),
        why: 'confidential columns are not masked',
      },
      { in: 'readMasking', change: withoutOperand('personal'), why: 'a classification alone masks nothing' },
      { in: 'DEFAULT_KEEP', change: constant('5'), why: 'partial keeps one more' },
      { in: 'MAX_KEEP', change: constant('9'), why: 'partial may keep nine' },
      {
        in: 'isPersonal',
        change: withoutCall('toLowerCase'),
        why: 'a classification in capitals is unknown',
      },
    ],
  },
  {
    tests: ['test/semantic/plan.test.ts'],
    mutations: [
      {
        in: 'rejectsRows',
        change: withoutOperand('cde'),
        why: 'a broken critical data element becomes NULL',
      },
      { in: 'rejectsRows', change: withoutOperand('required'), why: 'a broken required column becomes NULL' },
      {
        in: 'rejectsRows',
        change: withoutOperand('onTypeMismatch'),
        why: 'onTypeMismatch: reject rejects nothing',
      },
      { in: 'ROW_RULES', change: withoutElement('validValues'), why: 'a rule of quality[] splits no rows' },
      {
        in: 'ROW_RULES',
        change: withoutElement('validPattern'),
        why: 'a pattern of quality[] splits no rows',
      },
    ],
  },
  {
    tests: ['test/contract/change.test.ts'],
    mutations: [
      { in: 'widens', change: operator('<', '>'), why: 'fewer digits count as a wider type' },
      { in: 'widens', change: withoutOperand('scale'), why: 'a different scale counts as a wider type' },
      {
        in: 'widens',
        change: operator('===', '!==', 'long'),
        why: 'int to anything but long counts as wider',
      },
      { in: 'added', change: operator('||', '&&'), why: 'a new required column fits a table without it' },
    ],
  },
  {
    tests: ['test/contract/gate-change.test.ts'],
    mutations: [
      {
        in: 'compareGate',
        change: instead('before.length - after.length', 'after.length - before.length'),
        why: 'a shorter maxLength counts as looser',
      },
      {
        in: 'boundOrder',
        change: instead('Number(after.exclusive) - Number(before.exclusive)', '0'),
        why: 'an exclusive bound counts as the same',
      },
    ],
  },
];
