import { branch, instead, text, withoutElement, withoutOperand } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** Deduplication, version order, fates and masks as SQL. */
export const SQL_VERSION_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/sql/resolve.test.ts'],
    mutations: [
      { in: 'REPEATED_SQL', change: text('> 1', '> 2'), why: 'two copies are not recognised, three are' },
      { in: 'COPIES_SQL', change: text(', r.json_payload', ''), why: 'a conflict is thrown away as a copy' },
      {
        in: 'COPIES_SQL',
        change: text('publish_time, r.', ''),
        why: 'the publish time does not distinguish copies',
      },
      {
        in: 'tiesSql',
        change: text('NULLS FIRST', 'NULLS LAST'),
        why: 'NULL is the greatest in a tie of the batch',
      },
      { in: 'tiesSql', change: text('ASC', 'DESC'), why: 'the smallest wins a tie of the batch' },
      {
        in: 'tiesSql',
        change: instead(
          `maskedColumn(plan, dialect, column.name, 's')`,
          '`s.${dialect.identifier(column.name)}`',
        ),
        why: 'ties of the batch are ordered by the values before masking',
      },
      {
        in: 'winnersSql',
        change: withoutElement('_message_id'),
        why: 'the message id does not order versions of one time',
      },
      {
        in: 'winnersSql',
        change: instead(
          `['s._publish_time', 's._message_id', 'coalesce(t._tie, 0)']`,
          `['s._message_id', 's._publish_time', 'coalesce(t._tie, 0)']`,
        ),
        why: 'the message id comes before the time',
      },
      { in: 'winnersSql', change: text('coalesce', '-coalesce'), why: 'the lowest of a tie wins' },
      { in: 'winnersSql', change: text('WHERE NOT s._rejected', ''), why: 'a rejected row may win its key' },
      { in: 'winnersSql', change: text('LEFT JOIN', 'JOIN'), why: 'only versions in a tie can win' },
      {
        in: 'matchesSql',
        change: text('_publish_time > t.', '_publish_time >= t.'),
        why: 'a version of the same time replaces the row whatever its id',
      },
      {
        in: 'matchesSql',
        change: text('_message_id > t.', '_message_id < t.'),
        why: 'the lesser id replaces the row',
      },
      {
        in: 'matchesSql',
        change: text("ELSE 'stale'", "ELSE 'updated'"),
        why: 'an older version replaces a newer row',
      },
      {
        in: 'sameSql',
        change: text(`'stale' WHEN`, `'updated' WHEN`),
        why: 'NULL is the greatest against the table',
      },
      {
        in: 'sameSql',
        change: text('${left} > ${right}', '${left} < ${right}'),
        why: 'the smaller tuple replaces the row',
      },
      {
        in: 'sameSql',
        change: text("'duplicate'", "'stale'"),
        why: 'the same version once more counts as stale',
      },
      { in: 'upsertsSql', change: text(`, 'updated'`, ''), why: 'updates remove the row and write none' },
      {
        in: 'removalsSql',
        change: text(`= 'updated'`, `<> 'inserted'`),
        why: 'a stale version removes the row that beat it',
      },
      { in: 'keyMatch', change: text(' AND ', ' OR '), why: 'part of the key is enough to match a row' },
      {
        in: 'idempotencyKey',
        change: branch('else', 'hashIdempotencyKey'),
        why: 'a masked idempotency key shows in errors',
      },
      {
        in: 'COUNTS_SQL',
        change: text("+ ${fate('duplicate')}", ''),
        why: 'a version that the table has already counts for nothing',
      },
      {
        in: 'COUNTS_SQL',
        change: text('WHERE _copy > 1', ''),
        why: 'the copy that stays counts as duplicate too',
      },
      {
        in: 'COUNTS_SQL',
        change: text('+ (SELECT count(*) FROM rejected) - (SELECT count(*) FROM error_rows)', ''),
        why: 'a finding that is known already counts for nothing',
      },
      {
        in: 'COUNTS_SQL',
        change: text('WHERE NOT _rejected', ''),
        why: 'rejected rows count as superseded too',
      },
      {
        in: 'COUNTS_SQL',
        change: text(') FROM error_rows) AS rejected', ') FROM rejected) AS rejected'),
        why: 'a finding that is known already counts as rejected again',
      },
      { in: 'masked', change: withoutOperand('2'), why: 'a short text shows most of itself' },
      {
        in: 'masked',
        change: text('>= ${2 * masking.keep}', '> ${2 * masking.keep}'),
        why: 'one character off',
      },
      { in: 'masked', change: text('right(', 'left('), why: 'the first characters show instead of the last' },
      {
        in: 'masked',
        change: instead(
          "`CASE WHEN ${text} IS NOT NULL THEN '${HIDDEN}' END`",
          '`CASE WHEN ${text} IS NOT NULL THEN ${text} END`',
        ),
        why: 'masking redact shows the value',
      },
      {
        in: 'masked',
        change: instead(
          "`WHEN ${text} IS NOT NULL THEN '${HIDDEN}' END`",
          '`WHEN ${text} IS NOT NULL THEN ${text} END`',
        ),
        why: 'partial shows short texts whole',
      },
      { in: 'masked', change: text('WHEN false', 'WHEN true'), why: 'masking null shows the value' },
      {
        in: 'errorRowsSql',
        change: text('NOT EXISTS', 'EXISTS'),
        why: 'only findings that are known already are kept',
      },
      {
        in: 'errorRowsSql',
        change: text('GROUP BY error_id', 'GROUP BY _rid'),
        why: 'one finding is kept twice in a batch',
      },
      {
        in: 'shownValue',
        change: instead("`'***'`", 'plainText'),
        why: 'what null masks shows in the errors table',
      },
      {
        in: 'shownValue',
        change: instead('masking === null', 'masking !== null'),
        why: 'masked columns show their values in the errors table',
      },
    ],
  },
];
