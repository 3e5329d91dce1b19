import type { ErrorCode } from '../errors/taxonomy.ts';
import type { PlanColumn } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';

/** A condition that is true if the value breaks a rule, and the code of that rule. */
export interface Violation {
  readonly when: string;
  readonly code: ErrorCode;
}

/**
 * How SQL reads one column from its token, as expressions over columns of the staging query: `token` (NULL if absent or
 * JSON null, and then nothing is a violation), `text` made from it, `plain` made from that. Lexical violations come
 * first, in order. If none applies, `value` is computed, and `range` violations check it.
 */
export interface ColumnReading {
  readonly text: (token: string) => string;
  /** null: the text itself. */
  readonly plain: ((text: string) => string) | null;
  readonly lexical: (of: {
    token: string;
    text: string;
    plain: string;
    inexact: string;
  }) => readonly Violation[];
  readonly value: (plain: string) => string;
  readonly range: (of: { value: string; text: string; inexact: string }) => readonly Violation[];
}

/** A string that represents a number must have JSON's form. Three digits of exponent are enough for every type. */
const NUMBER = '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,3})?';
/** A whole number without an exponent. */
const WHOLE = '-?[0-9]+([.]0*)?';
/** A number with a digit other than 0 before the exponent. */
const NON_ZERO = '-?[0-9.]*[1-9][0-9.]*([eE].*)?';
const RFC3339 =
  '[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])';
/** `YYYY-MM-DDThh:mm:ss.ffffffZ`: no shorter text has digits beyond microseconds. */
const LONGEST_EXACT = 27;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: the times that both engines and Iceberg's readers can hold. */
const MIN_MICROS = '-62135596800000000';
const MAX_MICROS = '253402300799999999';
/** The last double that rounds to the greatest float instead of to infinity. */
const MAX_FLOAT = '3.4028235677973362e38';
const MAX_DOUBLE = '1.7976931348623157e308';

/** How SQL of the dialect reads the column. */
export function columnReading(dialect: Dialect, column: PlanColumn): ColumnReading {
  const { reading } = column;
  const type = dialect.type(column.type);
  switch (reading.kind) {
    case 'string':
      return text(dialect.unquote, (token) => `${token} NOT LIKE '"%'`);
    case 'json':
      return text(
        (token) => token,
        (token) => `${token} NOT LIKE '${reading.of === 'object' ? '{' : '['}%'`,
      );
    case 'boolean':
      return {
        ...text(
          (token) => token,
          (token) => `${token} NOT IN ('true', 'false')`,
        ),
        value: (plain) => `${plain} = 'true'`,
      };
    case 'integer':
      return integer(dialect, type, reading.strings);
    case 'decimal':
      return decimal(dialect, type, reading);
    case 'floating':
      return floating(dialect, type, reading);
    case 'date':
      return date(dialect, type);
    case 'timestamp':
      return timestamp(dialect, reading.truncate);
    case 'epoch':
      return epoch(dialect, reading);
  }
}

function text(of: (token: string) => string, mismatch: (token: string) => string): ColumnReading {
  return {
    text: of,
    plain: null,
    lexical: ({ token }) => [{ when: mismatch(token), code: 'TYPE_MISMATCH' }],
    value: (plain) => plain,
    range: () => [],
  };
}

/** The text of a number: the token itself, or the content of a string token if the contract accepts strings. */
function numberText(dialect: Dialect, strings: boolean): (token: string) => string {
  return (token) =>
    strings ? `CASE WHEN ${token} LIKE '"%' THEN ${dialect.unquote(token)} ELSE ${token} END` : token;
}

/** The same number without its exponent; other texts are unchanged. Exact, because digits move and nothing is computed. */
function withoutExponent(dialect: Dialect): (text: string) => string {
  return (text) => {
    const whole = `regexp_extract(${text}, '^-?([0-9]+)', 1)`;
    const digits = `(${whole} || regexp_extract(${text}, '[.]([0-9]+)', 1))`;
    const exponent = `CAST(regexp_extract(${text}, '[eE][+]?(-?[0-9]+)$', 1) AS ${dialect.type({ kind: 'int' })})`;
    const point = `(length(${whole}) + ${exponent})`;
    const moved =
      `CASE WHEN ${point} <= 0 THEN '0.' || repeat('0', -${point}) || ${digits} ` +
      `WHEN ${point} >= length(${digits}) THEN ${digits} || repeat('0', ${point} - length(${digits})) ` +
      `ELSE left(${digits}, ${point}) || '.' || substr(${digits}, ${point} + 1) END`;
    const sign = `CASE WHEN left(${text}, 1) = '-' THEN '-' ELSE '' END`;
    return `CASE WHEN (contains(${text}, 'e') OR contains(${text}, 'E')) AND ${dialect.matches(text, '-?[0-9.]+[eE][+-]?[0-9]{1,3}')} THEN ${sign} || ${moved} ELSE ${text} END`;
  };
}

/** A token that starts like a number is a number, because RAW contains valid JSON only. A string is checked as a whole. */
function notANumber(dialect: Dialect, strings: boolean, token: string, text: string): Violation {
  const other = `NOT (${token} >= '-' AND ${token} < ':')`;
  return {
    when: strings ? `${other} AND NOT ${dialect.matches(text, NUMBER)}` : other,
    code: 'TYPE_MISMATCH',
  };
}

function integer(dialect: Dialect, type: string, strings: boolean): ColumnReading {
  return {
    text: numberText(dialect, strings),
    plain: withoutExponent(dialect),
    lexical: ({ token, text, plain, inexact }) => [
      notANumber(dialect, strings, token, text),
      { when: inexact, code: 'NUMBER_NOT_EXACT' },
      {
        when: `(contains(${plain}, '.') OR contains(${plain}, 'e') OR contains(${plain}, 'E')) AND NOT ${dialect.matches(plain, WHOLE)}`,
        code: 'TYPE_MISMATCH',
      },
    ],
    value: (plain) =>
      dialect.castOrNull(
        `CASE WHEN contains(${plain}, '.') THEN regexp_replace(${plain}, '[.]0*$', '') ELSE ${plain} END`,
        type,
      ),
    range: ({ value }) => [{ when: `${value} IS NULL`, code: 'NUMBER_OUT_OF_RANGE' }],
  };
}

function decimal(
  dialect: Dialect,
  type: string,
  of: { readonly strings: boolean; readonly precision: number; readonly scale: number },
): ColumnReading {
  const whole = of.precision - of.scale;
  const fits = `-?0*[0-9]{0,${whole}}([.][0-9]{0,${of.scale}}0*)?`;
  return {
    text: numberText(dialect, of.strings),
    plain: withoutExponent(dialect),
    lexical: ({ token, text, plain, inexact }) => [
      notANumber(dialect, of.strings, token, text),
      { when: inexact, code: 'NUMBER_NOT_EXACT' },
      { when: `NOT ${dialect.matches(plain, fits)}`, code: 'DECIMAL_DIGITS' },
    ],
    value: (plain) => dialect.castOrNull(plain, type),
    range: ({ value }) => [{ when: `${value} IS NULL`, code: 'DECIMAL_DIGITS' }],
  };
}

function floating(
  dialect: Dialect,
  type: string,
  of: { readonly strings: boolean; readonly width: 'float' | 'double' },
): ColumnReading {
  const limit = of.width === 'float' ? MAX_FLOAT : MAX_DOUBLE;
  const double = dialect.type({ kind: 'double' });
  const wide = (text: string) => dialect.castOrNull(text, double);
  return {
    text: numberText(dialect, of.strings),
    plain: null,
    lexical: ({ token, text }) => [
      notANumber(dialect, of.strings, token, text),
      {
        when: `${wide(text)} IS NULL OR abs(${wide(text)}) > CAST('${limit}' AS ${double})`,
        code: 'NUMBER_OUT_OF_RANGE',
      },
    ],
    // Adding 0 turns -0.0 into 0.0: the engines order and compare the two zeros differently.
    value: (plain) =>
      `(${of.width === 'float' ? dialect.castOrNull(wide(plain), type) : wide(plain)} + CAST(0 AS ${type}))`,
    // A non-zero number that became 0. The engines print such a token as 0.0, so the list of inexact paths decides.
    range: ({ value, text, inexact }) => [
      {
        when: `${value} IS NULL OR ${value} = 0 AND (${inexact} OR ${dialect.matches(text, NON_ZERO)})`,
        code: 'NUMBER_OUT_OF_RANGE',
      },
    ],
  };
}

function date(dialect: Dialect, type: string): ColumnReading {
  return {
    ...text(dialect.unquote, (token) => `${token} NOT LIKE '"%'`),
    lexical: ({ token, text }) => [
      { when: `${token} NOT LIKE '"%'`, code: 'TYPE_MISMATCH' },
      {
        when: `NOT ${dialect.matches(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}')} OR left(${text}, 4) = '0000'`,
        code: 'DATE_INVALID',
      },
    ],
    value: (plain) => dialect.castOrNull(plain, type),
    range: ({ value }) => [{ when: `${value} IS NULL`, code: 'DATE_INVALID' }],
  };
}

function timestamp(dialect: Dialect, truncate: boolean): ColumnReading {
  return {
    text: dialect.unquote,
    plain: (text) => `CASE WHEN ${dialect.matches(text, RFC3339)} THEN ${utcMicros(dialect, text)} END`,
    lexical: ({ token, text, plain }) => [
      { when: `${token} NOT LIKE '"%'`, code: 'TYPE_MISMATCH' },
      {
        when: `${plain} IS NULL OR ${plain} NOT BETWEEN ${MIN_MICROS} AND ${MAX_MICROS}`,
        code: 'TIMESTAMP_INVALID',
      },
      ...(truncate
        ? []
        : [
            {
              when: `length(${text}) > ${LONGEST_EXACT} AND ${dialect.matches(text, '.*[.][0-9]{6}[0-9]*[1-9].*')}`,
              code: 'TIMESTAMP_TOO_PRECISE' as const,
            },
          ]),
    ],
    value: (plain) => dialect.fromMicros(plain),
    range: () => [],
  };
}

/** Local time and offset separately, because engines parse different forms of offsets. */
function utcMicros(dialect: Dialect, text: string): string {
  const zone = `CASE WHEN (${text} LIKE '%Z' OR ${text} LIKE '%z') THEN 1 ELSE 6 END`;
  const fraction = `substr(${text}, 20, least(7, length(${text}) - 19 - (${zone})))`;
  const local = `substr(${text}, 1, 10) || ' ' || substr(${text}, 12, 8) || ${fraction}`;
  const long = dialect.type({ kind: 'long' });
  const minutes = `(CAST(substr(right(${text}, 5), 1, 2) AS ${long}) * 60 + CAST(right(${text}, 2) AS ${long}))`;
  const sign = `CASE WHEN left(right(${text}, 6), 1) = '-' THEN -1 ELSE 1 END`;
  const offset = `CASE WHEN (${text} LIKE '%Z' OR ${text} LIKE '%z') THEN 0 ELSE ${sign} * ${minutes} END`;
  return `${dialect.civilMicros(local)} - (${offset}) * 60000000`;
}

function epoch(
  dialect: Dialect,
  of: { readonly strings: boolean; readonly unit: 's' | 'ms'; readonly truncate: boolean },
): ColumnReading {
  const places = of.unit === 's' ? 6 : 3;
  const factor = of.unit === 's' ? 1000000 : 1000;
  const exact = `-?[0-9]{1,15}([.][0-9]{0,${places}}0*)?`;
  const cut = (plain: string) => `regexp_extract(${plain}, '^-?[0-9]+([.][0-9]{1,${places}})?', 0)`;
  const micros = (plain: string) =>
    dialect.castOrNull(
      `${dialect.castOrNull(cut(plain), 'DECIMAL(24, 6)')} * ${factor}`,
      dialect.type({ kind: 'long' }),
    );
  return {
    text: numberText(dialect, of.strings),
    plain: withoutExponent(dialect),
    lexical: ({ token, text, plain, inexact }) => [
      notANumber(dialect, of.strings, token, text),
      { when: inexact, code: 'NUMBER_NOT_EXACT' },
      { when: `NOT ${dialect.matches(plain, '-?[0-9]{1,15}([.][0-9]*)?')}`, code: 'TIMESTAMP_INVALID' },
      {
        when: `${micros(plain)} IS NULL OR ${micros(plain)} NOT BETWEEN ${MIN_MICROS} AND ${MAX_MICROS}`,
        code: 'TIMESTAMP_INVALID',
      },
      ...(of.truncate
        ? []
        : [{ when: `NOT ${dialect.matches(plain, exact)}`, code: 'TIMESTAMP_TOO_PRECISE' as const }]),
    ],
    value: (plain) => dialect.fromMicros(micros(plain)),
    range: () => [],
  };
}
