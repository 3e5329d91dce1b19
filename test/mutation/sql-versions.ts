import type { MutationGroup } from './mutation.ts';

const TESTS = ['test/sql/resolve.test.ts'];

/** Deduplication, version order, fates and masks as SQL. */
export const SQL_VERSION_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/sql/resolve.ts',
    tests: TESTS,
    mutations: [
      {
        find: 'HAVING count(*) > 1`',
        replace: 'HAVING count(*) > 2`',
        why: 'two copies are not recognised, only three',
      },
      {
        find: 'PARTITION BY r.message_id, r.publish_time, r.json_payload ORDER',
        replace: 'PARTITION BY r.message_id, r.publish_time ORDER',
        why: 'a conflict is thrown away as a copy',
      },
      {
        find: 'PARTITION BY r.message_id, r.publish_time, r.json_payload ORDER',
        replace: 'PARTITION BY r.message_id, r.json_payload ORDER',
        why: 'copies are told apart by id and payload alone',
      },
      {
        find: 'ASC NULLS FIRST',
        replace: 'ASC NULLS LAST',
        why: 'NULL is the greatest in a tie of the batch',
      },
      { find: 'ASC NULLS FIRST', replace: 'DESC NULLS FIRST', why: 'the smallest wins a tie of the batch' },
      {
        find: "...plan.columns.map((column) => maskedColumn(plan, dialect, column.name, 's')),\n    idempotencyKey",
        replace:
          '...plan.columns.map((column) => `s.${dialect.identifier(column.name)}`),\n    idempotencyKey',
        why: 'ties of the batch are ordered by the values before masking',
      },
      {
        find: "['s._publish_time', 's._message_id', 'coalesce(t._tie, 0)']",
        replace: "['s._publish_time', 'coalesce(t._tie, 0)']",
        why: 'the message id does not order versions of one time',
      },
      {
        find: "['s._publish_time', 's._message_id', 'coalesce(t._tie, 0)']",
        replace: "['s._message_id', 's._publish_time', 'coalesce(t._tie, 0)']",
        why: 'the message id comes before the time',
      },
      {
        find: "['s._publish_time', 's._message_id', 'coalesce(t._tie, 0)']",
        replace: "['s._publish_time', 's._message_id', '-coalesce(t._tie, 0)']",
        why: 'the lowest of a tie wins',
      },
      {
        find: 'WHERE NOT s._rejected GROUP BY',
        replace: 'GROUP BY',
        why: 'a rejected row may win its key',
      },
      {
        find: 'LEFT JOIN ties t ON',
        replace: 'JOIN ties t ON',
        why: 'only versions in a tie can win',
      },
      {
        find: 'i._publish_time > t._publish_time OR',
        replace: 'i._publish_time >= t._publish_time OR',
        why: 'a version of the same time replaces the row whatever its id',
      },
      {
        find: 'i._message_id > t._message_id)`',
        replace: 'i._message_id < t._message_id)`',
        why: 'the lesser id replaces the row',
      },
      {
        find: "THEN 'same' ELSE 'stale' END AS _order",
        replace: "THEN 'same' ELSE 'updated' END AS _order",
        why: 'an older version replaces a newer row',
      },
      {
        find: "IS NULL THEN 'stale' WHEN ${right}",
        replace: "IS NULL THEN 'updated' WHEN ${right}",
        why: 'NULL is the greatest against the table',
      },
      {
        find: '${left} > ${right} THEN',
        replace: '${left} < ${right} THEN',
        why: 'the smaller tuple replaces the row',
      },
      {
        find: "ELSE 'duplicate' END AS _order",
        replace: "ELSE 'stale' END AS _order",
        why: 'the same version once more counts as stale',
      },
      {
        find: "IN ('inserted', 'updated')",
        replace: "IN ('inserted')",
        why: 'updates remove the row and write none',
      },
      {
        find: "FROM verdicts WHERE _fate = 'updated'",
        replace: "FROM verdicts WHERE _fate <> 'inserted'",
        why: 'a stale version removes the row that beat it',
      },
      {
        find: ".join(' AND ')",
        replace: ".join(' OR ')",
        why: 'part of the key is enough to match a row',
      },
      {
        find: 'return plan.hashIdempotencyKey ? dialect.hmac(value) : value',
        replace: 'return value',
        why: 'a masked idempotency key shows in errors',
      },
    ],
  },
  {
    file: 'src/sql/render.ts',
    tests: TESTS,
    mutations: [
      {
        find: "WHERE _copy > 1) + ${fate('duplicate')}",
        replace: 'WHERE _copy > 1)',
        why: 'a version that the table has already counts for nothing',
      },
      {
        find: '(SELECT count(*) FROM copies WHERE _copy > 1) +',
        replace: '(SELECT count(*) FROM copies) +',
        why: 'the copy that stays counts as duplicate too',
      },
      {
        find: '+ (SELECT count(*) FROM rejected) - (SELECT count(*) FROM error_rows) AS duplicate',
        replace: 'AS duplicate',
        why: 'a finding that is known already counts for nothing',
      },
      {
        find: 'FROM staged WHERE NOT _rejected)',
        replace: 'FROM staged)',
        why: 'rejected rows count as superseded too',
      },
      {
        find: '(SELECT count(*) FROM error_rows) AS rejected',
        replace: '(SELECT count(*) FROM rejected) AS rejected',
        why: 'a finding that is known already counts as rejected again',
      },
    ],
  },
  {
    file: 'src/sql/masking.ts',
    tests: TESTS,
    mutations: [
      {
        find: '>= ${2 * masking.keep}',
        replace: '>= ${masking.keep}',
        why: 'a short text shows most of itself',
      },
      { find: '>= ${2 * masking.keep}', replace: '> ${2 * masking.keep}', why: 'one character off' },
      { find: '|| right(', replace: '|| left(', why: 'the first characters show instead of the last' },
      {
        find: "IS NOT NULL THEN '${HIDDEN}' END`;\n    case 'partial'",
        replace: "IS NOT NULL THEN ${text} END`;\n    case 'partial'",
        why: 'redact shows the value',
      },
      {
        find: "`WHEN ${text} IS NOT NULL THEN '${HIDDEN}' END`",
        replace: '`WHEN ${text} IS NOT NULL THEN ${text} END`',
        why: 'partial shows short texts whole',
      },
      { find: 'CASE WHEN false THEN', replace: 'CASE WHEN true THEN', why: 'null shows the value' },
    ],
  },
  {
    file: 'src/sql/findings.ts',
    tests: TESTS,
    mutations: [
      {
        find: 'WHERE NOT EXISTS (SELECT 1 FROM known_errors',
        replace: 'WHERE EXISTS (SELECT 1 FROM known_errors',
        why: 'only findings that are known already are kept',
      },
      {
        find: 'FROM rejected GROUP BY error_id',
        replace: 'FROM rejected GROUP BY _rid',
        why: 'one finding is kept twice in a batch',
      },
      {
        find: "masking.kind === 'null' ? `'***'`",
        replace: "masking.kind === 'null' ? plainText",
        why: 'what null masks shows in the errors table',
      },
      {
        find: 'masking === null\n      ?',
        replace: 'masking !== null\n      ?',
        why: 'masked columns show their values in the errors table',
      },
    ],
  },
];
