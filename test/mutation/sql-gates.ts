import { branch, constant, returns, swappedBranches, text } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** The gates before and after each cast, as SQL. */
export const SQL_GATE_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/sql/readings.test.ts'],
    mutations: [
      {
        in: 'readings#NUMBER',
        change: text('0|[1-9][0-9]*', '[0-9]+'),
        why: 'a string with leading zeros is a number',
        only: '^int,',
      },
      {
        in: 'WHOLE',
        change: constant(`'-?[0-9]+([.][0-9]*)?'`),
        why: 'a number with a fraction is an integer',
        only: '^int:',
      },
      {
        in: 'readings#RFC3339',
        change: text('[Tt]([01][0-9]|2[0-3])', '[Tt]([01][0-9]|2[0-4])'),
        why: '24:00 is valid',
        only: '^timestamp',
      },
      {
        in: 'readings#RFC3339',
        change: text('([.][0-9]+)?', '([.][0-9]*)?'),
        why: 'a point without digits is a fraction',
        only: '^timestamp',
      },
      {
        in: 'LONGEST_EXACT',
        change: constant('28'),
        why: 'the seventh digit of a second is cut in silence',
        only: '^timestamp',
      },
      {
        in: 'MIN_MICROS',
        change: constant(`'-62135596860000000'`),
        why: 'a time before the year 1 passes',
        only: '^timestamp',
      },
      {
        in: 'MAX_MICROS',
        change: constant(`'253402300860000000'`),
        why: 'a time after the year 9999 passes',
        only: '^timestamp',
      },
      {
        in: 'MAX_FLOAT',
        change: constant(`'3.4028234e38'`),
        why: 'the greatest float is refused',
        only: '^float',
      },
      {
        in: 'columnReading',
        change: text(`= 'true'`, `= 'false'`),
        why: 'true reads as false',
        only: '^boolean',
      },
      {
        in: 'withoutExponent',
        change: text("repeat('0', -${point}) ||", ''),
        why: 'zeros after the point are lost with a negative exponent',
        only: '^decimal',
      },
      {
        in: 'withoutExponent',
        change: text("|| repeat('0', ${point} - length(${digits}))", ''),
        why: 'zeros at the end are lost with an exponent',
        only: '^decimal',
      },
      {
        in: 'withoutExponent',
        change: text("CASE WHEN left(${text}, 1) = '-' THEN '-' ELSE '' END", `''`),
        why: 'a negative number with an exponent loses its sign',
        only: '^(decimal|int)',
      },
      {
        in: 'notANumber',
        change: branch('else', 'strings'),
        why: 'a string that holds a number is refused although the contract accepts it',
        only: '^(int|double)(,|:)',
      },
      {
        in: 'decimal',
        change: text('0*)?', '[0-9]*)?'),
        why: 'digits beyond the scale are rounded in silence',
        only: '^decimal',
      },
      {
        in: 'floating',
        change: text('+ CAST(0 AS ${type})', ''),
        why: '0 and -0 stay different values',
        only: '^double',
      },
      {
        in: 'floating',
        change: text('${value} = 0', 'false'),
        why: 'a number too small for a double becomes zero in silence',
        only: '^double',
      },
      {
        in: 'date',
        change: text('[0-9]{2}-[0-9]{2}', '[0-9]{1,2}-[0-9]{1,2}'),
        why: 'a date without leading zeros is valid',
        only: '^date',
      },
      {
        in: 'utcMicros',
        change: text('THEN -1 ELSE 1', 'THEN 1 ELSE -1'),
        why: 'offsets count the other way round',
        only: '^timestamp',
      },
      {
        in: 'epoch',
        change: swappedBranches('6'),
        why: 'seconds have three digits, milliseconds six',
        only: '^(milli)?seconds',
      },
      {
        in: 'epoch',
        change: swappedBranches('1000000'),
        why: 'seconds are read as milliseconds',
        only: '^(milli)?seconds',
      },
      {
        in: 'gateViolation',
        change: text('length(${value}) <', 'length(${value}) <='),
        why: 'minLength refuses a text of just that length',
        only: '^string',
      },
      {
        in: 'gateViolation',
        change: text('length(${value}) >', 'length(${value}) >='),
        why: 'maxLength refuses a text of just that length',
        only: '^string',
      },
      {
        in: 'gateViolation',
        change: swappedBranches("'<'"),
        why: 'minimum and exclusive minimum are swapped',
        only: 'bound',
      },
      {
        in: 'gateViolation',
        change: swappedBranches("'>'"),
        why: 'maximum and exclusive maximum are swapped',
        only: 'bound',
      },
      {
        in: 'gateViolation',
        change: returns(
          'PATTERN_MISMATCH',
          "{ when: dialect.matchesPattern(value, gate.pattern), code: 'PATTERN_MISMATCH' }",
        ),
        why: 'what matches the pattern is refused',
        only: '^string',
      },
      {
        in: 'gateViolation',
        change: text('NOT ${among', '${among'),
        why: 'only values that are not on the list pass',
        only: '^string',
      },
      {
        in: 'levelsOf',
        change: text(
          "nullif(${dialect.element('_tokens', index)}, 'null')",
          "${dialect.element('_tokens', index)}",
        ),
        why: 'null is a value',
        only: '^string:',
      },
    ],
  },
  {
    tests: ['test/sql/resolve.test.ts'],
    mutations: [
      { in: 'withoutCopies', change: text('_copy > 1)', '_copy > 2)'), why: 'a copy goes on as a version' },
      { in: 'stagedSql', change: text(' OR ', ' AND '), why: 'a row is rejected only if all is wrong' },
      {
        in: 'inexactTest',
        change: text('${column.inexactPath} ', '${column.inexactPath}'),
        why: 'an inexact number elsewhere spoils this column if its path starts alike',
      },
      {
        in: 'inexactTest',
        change: text("OR right(_inexact, 1) = '${INEXACT_OVERFLOW}'", ''),
        why: 'numbers beyond the list pass as exact',
      },
      {
        in: 'levelsOf',
        change: text('${lexical} IS NULL', 'true'),
        why: 'a value that broke its gate stays in the row',
      },
    ],
  },
];
