import type { MutationGroup } from './mutation.ts';

const READINGS = ['test/sql/readings.test.ts'];

/** The gates before and after each cast, as SQL. */
export const SQL_GATE_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/sql/readings.ts',
    tests: READINGS,
    mutations: [
      {
        find: "const NUMBER = '-?(0|[1-9][0-9]*)",
        replace: "const NUMBER = '-?([0-9]+)",
        why: 'a string with leading zeros is a number',
        only: '^int,',
      },
      {
        find: "const WHOLE = '-?[0-9]+([.]0*)?'",
        replace: "const WHOLE = '-?[0-9]+([.][0-9]*)?'",
        why: 'a number with a fraction is an integer',
        only: '^int:',
      },
      {
        find: '[Tt]([01][0-9]|2[0-3])',
        replace: '[Tt]([01][0-9]|2[0-4])',
        why: '24:00 is a time',
        only: '^timestamp',
      },
      {
        find: '([.][0-9]+)?([Zz]|',
        replace: '([.][0-9]*)?([Zz]|',
        why: 'a point without digits is a fraction',
        only: '^timestamp',
      },
      {
        find: 'const LONGEST_EXACT = 27',
        replace: 'const LONGEST_EXACT = 28',
        why: 'the seventh digit of a second is cut in silence',
        only: '^timestamp',
      },
      {
        find: "const MIN_MICROS = '-62135596800000000'",
        replace: "const MIN_MICROS = '-62135596860000000'",
        why: 'a time before the year 1 passes',
        only: '^timestamp',
      },
      {
        find: "const MAX_MICROS = '253402300799999999'",
        replace: "const MAX_MICROS = '253402300860000000'",
        why: 'a time after the year 9999 passes',
        only: '^timestamp',
      },
      {
        find: "const MAX_FLOAT = '3.4028235677973362e38'",
        replace: "const MAX_FLOAT = '3.4028234e38'",
        why: 'the greatest float is refused',
        only: '^float',
      },
      {
        find: "value: (plain) => `${plain} = 'true'`",
        replace: "value: (plain) => `${plain} = 'false'`",
        why: 'true is false',
        only: '^boolean',
      },
      {
        find: "|| repeat('0', -${point}) ||",
        replace: '||',
        why: 'zeros after the point are lost with a negative exponent',
        only: '^decimal',
      },
      {
        find: "THEN ${digits} || repeat('0', ${point} - length(${digits}))",
        replace: 'THEN ${digits}',
        why: 'zeros at the end are lost with an exponent',
        only: '^decimal',
      },
      {
        find: "const sign = `CASE WHEN left(${text}, 1) = '-' THEN '-' ELSE '' END`;\n    return",
        replace: "const sign = `''`;\n    return",
        why: 'a negative number with an exponent loses its sign',
        only: '^(decimal|int)',
      },
      {
        find: 'when: strings ? `${other} AND NOT ${dialect.matches(text, NUMBER)}` : other',
        replace: 'when: other',
        why: 'a string that holds a number is refused where the contract accepts it',
        only: '^(int|double)(,|:)',
      },
      {
        find: '[0-9]{0,${of.scale}}0*)?`;\n  return',
        replace: '[0-9]{0,${of.scale}}[0-9]*)?`;\n  return',
        why: 'digits beyond the scale are rounded in silence',
        only: '^decimal',
      },
      {
        find: ' + CAST(0 AS ${type}))`',
        replace: ')`',
        why: 'the two zeros stay apart',
        only: '^double',
      },
      {
        find: '${value} IS NULL OR ${value} = 0 AND',
        replace: '${value} IS NULL OR false AND',
        why: 'a number too small for a double becomes zero in silence',
        only: '^double',
      },
      {
        find: "'[0-9]{4}-[0-9]{2}-[0-9]{2}')} OR left(${text}, 4) = '0000'",
        replace: "'[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}')} OR left(${text}, 4) = '0000'",
        why: 'a date without leading zeros is one',
        only: '^date',
      },
      {
        find: "= '-' THEN -1 ELSE 1 END`;\n  const offset",
        replace: "= '-' THEN 1 ELSE -1 END`;\n  const offset",
        why: 'offsets count the other way round',
        only: '^timestamp',
      },
      {
        find: "const places = of.unit === 's' ? 6 : 3",
        replace: "const places = of.unit === 's' ? 3 : 6",
        why: 'seconds have three digits, milliseconds six',
        only: '^(milli)?seconds',
      },
      {
        find: "const factor = of.unit === 's' ? 1000000 : 1000",
        replace: "const factor = of.unit === 's' ? 1000 : 1000000",
        why: 'seconds are read as milliseconds',
        only: '^(milli)?seconds',
      },
    ],
  },
  {
    file: 'src/sql/gates.ts',
    tests: READINGS,
    mutations: [
      {
        find: 'length(${value}) < ${gate.length}',
        replace: 'length(${value}) <= ${gate.length}',
        why: 'minLength refuses a text of just that length',
        only: '^string',
      },
      {
        find: 'length(${value}) > ${gate.length}',
        replace: 'length(${value}) >= ${gate.length}',
        why: 'maxLength refuses a text of just that length',
        only: '^string',
      },
      {
        find: "gate.exclusive ? '<=' : '<'",
        replace: "gate.exclusive ? '<' : '<='",
        why: 'minimum and exclusive minimum are swapped',
        only: 'bound',
      },
      {
        find: "gate.exclusive ? '>=' : '>'",
        replace: "gate.exclusive ? '>' : '>='",
        why: 'maximum and exclusive maximum are swapped',
        only: 'bound',
      },
      {
        find: "when: `NOT ${dialect.matchesPattern(value, gate.pattern)}`, code: 'PATTERN_MISMATCH'",
        replace: "when: `${dialect.matchesPattern(value, gate.pattern)}`, code: 'PATTERN_MISMATCH'",
        why: 'what matches the pattern is refused',
        only: '^string',
      },
      {
        find: 'when: `NOT ${among(dialect, value, gate.values, type)}`',
        replace: 'when: `${among(dialect, value, gate.values, type)}`',
        why: 'only values that are not on the list pass',
        only: '^string',
      },
    ],
  },
  {
    file: 'src/sql/stage.ts',
    tests: ['test/sql/resolve.test.ts'],
    mutations: [
      { find: 'WHERE _copy > 1)', replace: 'WHERE _copy > 2)', why: 'a copy goes on as a version' },
      {
        find: "rejecting.join(' OR ')",
        replace: "rejecting.join(' AND ')",
        why: 'a row is rejected only if all is wrong',
      },
      {
        find: 'dialect.text(` ${column.inexactPath} `)',
        replace: 'dialect.text(` ${column.inexactPath}`)',
        why: 'an inexact number elsewhere, whose path starts alike, spoils this column',
      },
      {
        find: "OR right(_inexact, 1) = '${INEXACT_OVERFLOW}'",
        replace: '',
        why: 'numbers beyond the list pass as exact',
      },
      {
        find: 'CASE WHEN ${lexical} IS NULL THEN ${reading.value(plain)} END',
        replace: 'CASE WHEN true THEN ${reading.value(plain)} END',
        why: 'a value that broke its gate stays in the row',
      },
    ],
  },
  {
    file: 'src/sql/stage.ts',
    tests: READINGS,
    mutations: [
      {
        find: "nullif(${dialect.element('_tokens', index)}, 'null')",
        replace: "${dialect.element('_tokens', index)}",
        why: 'null is a value',
        only: '^string:',
      },
    ],
  },
];
