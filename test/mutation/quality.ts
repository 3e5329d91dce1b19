import {
  constant,
  instead,
  operator,
  property,
  returns,
  swappedOperands,
  text,
  withoutElement,
  withoutOperand,
} from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** The ledger, the balance, freshness and alerts. */
export const QUALITY_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/quality/ledger.test.ts'],
    mutations: [
      {
        in: 'addIntake',
        change: instead('counts.raw', 'counts.received'),
        why: 'dead letters count as RAW rows',
      },
      {
        in: 'addIntake',
        change: withoutOperand('totals.deadLettered'),
        why: 'only the last dead letters count',
      },
      {
        in: 'newGeneration',
        change: property('unreached', 'gone.expired'),
        why: 'a rebuild seems to miss the rows that were erased',
      },
      {
        in: 'newGeneration',
        change: withoutElement('erasedRows'),
        why: 'rows erased in an earlier generation count in this one',
      },
      {
        in: 'ledger#addBatch',
        change: instead(`BATCH_FORMS[kind].startsFrom === 'empty'`, 'BATCH_FORMS[kind].isRequested'),
        why: 'a redrive resets the ledger',
      },
      {
        in: 'fates#addCounts',
        change: withoutOperand('other.stale'),
        why: 'stale rows are lost from the ledger',
      },
      {
        in: 'fates#addCounts',
        change: property('rawRows', 'other.rawRows'),
        why: 'rows of earlier batches are lost from the ledger',
      },
    ],
  },
  {
    tests: ['test/quality/balance.test.ts'],
    mutations: [
      {
        in: 'equation',
        change: instead(
          'left === null || right === null ? null : left - right',
          'left === null || right === null ? 0 : left - right',
        ),
        why: 'unknown counts as balanced',
      },
      { in: 'equation', change: swappedOperands('left - right'), why: 'residuals have the wrong sign' },
      {
        in: 'quality/balance#sum',
        change: instead('return null;', 'continue;'),
        why: 'unknown counts as zero',
      },
      {
        in: 'balance#statusOf',
        change: withoutOperand('surplus'),
        why: 'any surplus counts as being on its way',
      },
      { in: 'balance#statusOf', change: withoutOperand("name === 'intake'"), why: 'any equation may settle' },
      {
        in: 'balance#statusOf',
        change: withoutOperand('foreign'),
        why: 'a foreign write that leaves the number of rows goes unnoticed',
      },
      {
        in: 'overallStatus',
        change: instead(`['unbalanced', 'unknown', 'settling']`, `['unknown', 'unbalanced', 'settling']`),
        why: 'an unknown topic hides an unbalanced one',
      },
      {
        in: 'equationsOf',
        change: instead('-erasedRows', 'erasedRows'),
        why: 'erased rows count as if they were still there',
      },
      {
        in: 'balance#lettersOf',
        change: withoutOperand('discarded'),
        why: 'discarded dead letters are not counted',
      },
    ],
  },
  {
    tests: ['test/quality/freshness.test.ts'],
    mutations: [
      {
        in: 'freshness#judge',
        change: instead('age > lateSeconds', 'age >= lateSeconds'),
        why: 'late one moment too early',
      },
      {
        in: 'freshness#judge',
        change: instead('newestEventAge > lateSeconds', 'newestEventAge > warnSeconds'),
        why: 'a producer counts as silent from the warning on',
      },
      {
        in: 'freshness#judge',
        change: operator('>', '>=', 'warnSeconds'),
        why: 'a warning one moment too early',
      },
      { in: 'freshness#judge', change: withoutElement('waiting'), why: 'waiting data causes no warning' },
      {
        in: 'freshness#judge',
        change: instead('doubt !== null', `doubt === ''`),
        why: 'unknown counts as fresh',
      },
      { in: 'MAX_SKEW_SECONDS', change: constant('301'), why: 'one second more of clock skew is believed' },
      {
        in: 'doubtOf',
        change: instead('age < -MAX_SKEW_SECONDS', 'age > MAX_SKEW_SECONDS'),
        why: 'the future is believed, the past is not',
      },
      {
        in: 'freshness#judge',
        change: withoutOperand('idle'),
        why: 'a topic whose first messages are waiting reports no data',
      },
      { in: 'ageOf', change: swappedOperands('now'), why: 'ages run backwards' },
    ],
  },
  {
    tests: ['test/pipeline/figures/freshness.test.ts'],
    mutations: [
      {
        in: 'embedded/figures/freshness#oldestPending',
        change: instead('!complete', 'complete'),
        why: 'inputs that were taken whole count as waiting',
      },
      {
        in: 'oldestUnprocessed',
        change: text('lowerBounds', 'upperBounds'),
        why: 'the youngest waiting row of a file stands for its oldest',
      },
      {
        in: 'fileTimes',
        change: text('upperBounds', 'lowerBounds'),
        why: 'the oldest event of a file stands for its newest',
      },
      {
        in: 'oldestUnprocessed',
        change: instead('checkpoint.snapshotId', 'null'),
        why: 'rows that were processed count as waiting',
      },
    ],
  },
  {
    tests: ['test/quality/alerts/alerts.test.ts'],
    mutations: [
      {
        in: 'unlessSettled',
        change: instead(`told?.event === 'recovered'`, `told?.event !== 'raised'`),
        why: 'an alert is dropped when it clears, although no sink received it',
      },
      {
        in: 'afterVerdict',
        change: returns('count + 1', '{ ...alert, finding, lastSeen: at, count: alert.count + 1 }'),
        why: 'a problem that returns counts as cleared',
      },
      { in: 'eventOf', change: operator('>=', '>'), why: 'repeated one check too late' },
      { in: 'eventOf', change: withoutOperand('isPressing'), why: 'warnings are repeated too' },
      {
        in: 'eventOf',
        change: instead('told.code !== alert.finding.code', 'false'),
        why: 'no notification when the cause changes',
      },
    ],
  },
  {
    tests: ['test/quality/rule-results.test.ts'],
    mutations: [
      { in: 'rule-results#holds', change: operator('<=', '<', 'value'), why: 'at most means less than' },
      {
        in: 'rule-results#holds',
        change: operator('<', '<=', 'low'),
        why: 'the lower end does not belong to the range',
      },
      { in: 'rule-results#holds', change: withoutOperand('100'), why: 'a fraction counts as a percentage' },
      {
        in: 'judgeRule',
        change: instead(`rule.unit === 'percent' && rows === 0`, 'rows === -1'),
        why: 'a share of no rows passes',
      },
    ],
  },
  {
    tests: ['test/sql/table-rules.test.ts'],
    mutations: [
      {
        in: 'shownRows',
        change: text(`'updated' WHERE`, `'inserted' WHERE`),
        why: 'rows that the batch replaces are measured too',
      },
      {
        in: 'duplicates',
        change: text('count(*) - 1', 'count(*)'),
        why: 'the first of its kind counts as a duplicate',
      },
    ],
  },
  {
    tests: ['test/sql/drift.test.ts'],
    mutations: [
      {
        in: 'missingMembers',
        change: text('- coalesce(h.held, 0)', ''),
        why: 'rows that hold a path count as lacking it',
      },
      {
        in: 'missingMembers',
        change: text(`left(_object, 1) = '{'`, 'true'),
        why: 'an absent object lacks its members',
      },
      {
        in: 'shapesSql',
        change: withoutElement('coalesce'),
        why: 'of two newest rows of a shape, the first that is read is the example',
      },
      {
        in: 'shapesSql',
        change: text('AND r.publish_time = f._newest', ''),
        why: 'an older row is the example of its shape',
      },
      {
        in: 'breaksSql',
        change: withoutElement('coalesce'),
        why: 'of two newest rows with a broken gate, the first that is read is the example',
      },
      {
        in: 'wrongObjects',
        change: text('_place > 0', '_place > 1'),
        why: 'another value in place of the first object is not drift',
      },
      {
        in: 'objectsSql',
        change: instead('part.index > 0', 'part.index > 1'),
        why: "a list's second element is not checked",
      },
      { in: 'unknownVersions', change: text('NOT IN', 'IN'), why: 'known versions are reported as unknown' },
    ],
  },
];
