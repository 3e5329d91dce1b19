import type { MutationGroup } from './mutation.ts';

/** The ledger, the balance, freshness and alerts. */
export const QUALITY_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/quality/ledger.ts',
    tests: ['test/quality/ledger.test.ts'],
    mutations: [
      {
        find: 'raw: totals.raw + counts.raw',
        replace: 'raw: totals.raw + counts.received',
        why: 'dead letters count as RAW rows',
      },
      {
        find: 'deadLettered: totals.deadLettered + counts.deadLettered',
        replace: 'deadLettered: counts.deadLettered',
        why: 'only the last dead letters count',
      },
      {
        find: 'unreached: gone.erased + gone.expired',
        replace: 'unreached: gone.expired',
        why: 'a rebuild seems to miss the rows that were erased',
      },
      {
        find: '    erasedRows: 0,\n    erasedErrors: 0,\n  };',
        replace: '    erasedErrors: 0,\n  };',
        why: 'rows erased in an earlier generation count in this one',
      },
      {
        find: "if (BATCH_FORMS[kind].startsFrom === 'empty')",
        replace: 'if (BATCH_FORMS[kind].isRequested)',
        why: 'a redrive starts the ledger anew',
      },
    ],
  },
  {
    file: 'src/semantic/fates.ts',
    tests: ['test/quality/ledger.test.ts'],
    mutations: [
      {
        find: 'stale: one.stale + other.stale',
        replace: 'stale: one.stale',
        why: 'stale rows are lost from the ledger',
      },
      {
        find: 'rawRows: one.rawRows + other.rawRows',
        replace: 'rawRows: other.rawRows',
        why: 'rows of earlier batches are lost from the ledger',
      },
    ],
  },
  {
    file: 'src/quality/balance.ts',
    tests: ['test/quality/balance.test.ts'],
    mutations: [
      {
        find: 'residual: left === null || right === null ? null : left - right',
        replace: 'residual: left === null || right === null ? 0 : left - right',
        why: 'unknown counts as balanced',
      },
      {
        find: ': left - right, terms',
        replace: ': right - left, terms',
        why: 'residuals have the wrong sign',
      },
      {
        find: "if (typeof value !== 'number') return null",
        replace: "if (typeof value !== 'number') continue",
        why: 'unknown counts as zero',
      },
      {
        find: ' && residual >= -surplus',
        replace: '',
        why: 'any surplus counts as being on its way',
      },
      {
        find: "name === 'intake' && residual !== null",
        replace: 'residual !== null',
        why: 'any equation may settle',
      },
      {
        find: 'if (foreign || (open.length > 0 && !underWay))',
        replace: 'if (open.length > 0 && !underWay)',
        why: 'a foreign write that leaves the number of rows goes unnoticed',
      },
      {
        find: "['unbalanced', 'unknown', 'settling']",
        replace: "['unknown', 'unbalanced', 'settling']",
        why: 'unknown hides what is known to be wrong',
      },
      {
        find: 'erased: -erasedRows',
        replace: 'erased: erasedRows',
        why: 'erased rows count as if they were still there',
      },
      {
        find: 'total: open + replayed + discarded + past.expired',
        replace: 'total: open + replayed + past.expired',
        why: 'discarded dead letters vanish from the books',
      },
    ],
  },
  {
    file: 'src/quality/freshness.ts',
    tests: ['test/quality/freshness.test.ts'],
    mutations: [
      {
        find: 'age !== null && age > lateSeconds',
        replace: 'age !== null && age >= lateSeconds',
        why: 'late one moment too early',
      },
      {
        find: 'newestEventAge > lateSeconds',
        replace: 'newestEventAge > warnSeconds',
        why: 'a producer counts as silent from the warning on',
      },
      {
        find: 'age !== null && age > warnSeconds',
        replace: 'age !== null && age >= warnSeconds',
        why: 'a warning one moment too early',
      },
      {
        find: '[...waiting, newest].find',
        replace: '[newest].find',
        why: 'waiting data gives no warning',
      },
      {
        find: 'if (doubt !== null) return',
        replace: "if (doubt === '') return",
        why: 'unknown counts as fresh',
      },
      {
        find: 'const MAX_SKEW_SECONDS = 300',
        replace: 'const MAX_SKEW_SECONDS = 301',
        why: 'one second more of clock skew is believed',
      },
      {
        find: 'age < -MAX_SKEW_SECONDS',
        replace: 'age > MAX_SKEW_SECONDS',
        why: 'the future is believed, the past is not',
      },
      {
        find: 'newestEventAge === null && idle',
        replace: 'newestEventAge === null',
        why: 'a topic whose first messages wait says that there is no data',
      },
      {
        find: 'Number(now - moment)',
        replace: 'Number(moment - now)',
        why: 'ages run backwards',
      },
    ],
  },
  {
    file: 'src/pipeline/figures/freshness.ts',
    tests: ['test/pipeline/figures/freshness.test.ts'],
    mutations: [
      {
        find: '.filter(({ complete }) => !complete)',
        replace: '.filter(({ complete }) => complete)',
        why: 'inputs that were taken whole count as waiting',
      },
      {
        find: "boundOf(metadata, file, 'ingestion_ts', 'lowerBounds')",
        replace: "boundOf(metadata, file, 'ingestion_ts', 'upperBounds')",
        why: 'the youngest waiting row of a file stands for its oldest',
      },
      {
        find: "boundOf(metadata, file, column, 'upperBounds')",
        replace: "boundOf(metadata, file, column, 'lowerBounds')",
        why: 'the oldest event of a file stands for its newest',
      },
      {
        find: 'checkpoint.snapshotId, head)',
        replace: 'null, head)',
        why: 'rows that were processed count as waiting',
      },
    ],
  },
  {
    file: 'src/quality/alerts/alert.ts',
    tests: ['test/quality/alerts/alerts.test.ts'],
    mutations: [
      {
        find: "told?.event === 'recovered'",
        replace: "told?.event !== 'raised'",
        why: 'an alert that no sink has heard of is forgotten when it is over',
      },
      {
        find: 'lastSeen: at, count: alert.count + 1, recoveredAt: null',
        replace: 'lastSeen: at, count: alert.count + 1',
        why: 'a trouble that comes back counts as over',
      },
    ],
  },
  {
    file: 'src/quality/alerts/notices.ts',
    tests: ['test/quality/alerts/alerts.test.ts'],
    mutations: [
      {
        find: 'at - told.at >= repeatEvery',
        replace: 'at - told.at > repeatEvery',
        why: 'repeated a look too late',
      },
      {
        find: 'isPressing(alert.finding.severity) && at',
        replace: 'at',
        why: 'warnings are repeated too',
      },
      {
        find: 'told.code !== alert.finding.code',
        replace: 'false',
        why: 'another cause is not told',
      },
    ],
  },
  {
    file: 'src/quality/rule-results.ts',
    tests: ['test/quality/rule-results.test.ts'],
    mutations: [
      {
        find: 'order(bound.value) <= 0',
        replace: 'order(bound.value) < 0',
        why: 'at most means less than',
      },
      {
        find: 'order(bound.low) < 0 || order(bound.high) > 0',
        replace: 'order(bound.low) <= 0 || order(bound.high) > 0',
        why: 'the lower end does not belong to the range',
      },
      {
        find: "unit === 'percent' ? [measured * 100, rows]",
        replace: "unit === 'percent' ? [measured, rows]",
        why: 'a share of one counts as a percent',
      },
      {
        find: "rule.unit === 'percent' && rows === 0",
        replace: 'rows === -1',
        why: 'a share of no rows passes',
      },
    ],
  },
  {
    file: 'src/sql/table-rules.ts',
    tests: ['test/sql/table-rules.test.ts'],
    mutations: [
      {
        find: "v._fate = 'updated' WHERE",
        replace: "v._fate = 'inserted' WHERE",
        why: 'rows that the batch replaces are measured too',
      },
      {
        find: 'count(*) - 1 AS more',
        replace: 'count(*) AS more',
        why: 'the first of its kind counts as a duplicate',
      },
    ],
  },
  {
    file: 'src/sql/drift.ts',
    tests: ['test/sql/drift.test.ts'],
    mutations: [
      {
        find: 'a.there - coalesce(h.held, 0) AS row_count',
        replace: 'a.there AS row_count',
        why: 'rows that hold a path count as lacking it',
      },
      {
        find: "WHERE left(_object, 1) = '{'",
        replace: 'WHERE true',
        why: 'an object that is not there lacks its members',
      },
      {
        find: "['r.message_id', 'coalesce(c._place, 0)']",
        replace: "['r.message_id']",
        why: 'of two newest rows of a shape, the one that is read first shows it',
      },
      {
        find: ' AND r.publish_time = f._newest',
        replace: '',
        why: 'an older row shows its shape',
      },
      {
        find: "['b._publish_time', 'b._message_id', 'coalesce(c._place, 0)']",
        replace: "['b._publish_time', 'b._message_id']",
        why: 'of two newest rows with a broken gate, the one that is read first shows it',
      },
      {
        find: 'WHERE _place > 0 AND left',
        replace: 'WHERE _place > 1 AND left',
        why: 'something else in place of the first object is no drift',
      },
      {
        find: 'part.index > 0',
        replace: 'part.index > 1',
        why: "a list's second element is taken for granted",
      },
      {
        find: 'version NOT IN (',
        replace: 'version IN (',
        why: 'known versions are reported as unknown',
      },
    ],
  },
];
