import { type Cursor, show } from './cursor.ts';
import type { ColumnType } from './model.ts';
import { didYouMean, oneOf } from './suggest.ts';

const LOGICAL_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'timestamp',
  'object',
  'array',
] as const;
type LogicalType = (typeof LOGICAL_TYPES)[number];

/** Iceberg's own limit: a decimal fits 16 bytes. */
const MAX_PRECISION = 38;

interface TypeRule {
  /** The Iceberg types that the logical type allows, the default first. */
  readonly physical: readonly string[];
  readonly type: ColumnType;
}

const RULES: Readonly<Record<LogicalType, TypeRule>> = {
  string: { physical: ['string'], type: { kind: 'string' } },
  integer: { physical: ['long', 'int', 'decimal(p,0)'], type: { kind: 'long' } },
  number: { physical: ['double', 'float', 'decimal(p,s)'], type: { kind: 'double' } },
  boolean: { physical: ['boolean'], type: { kind: 'boolean' } },
  date: { physical: ['date'], type: { kind: 'date' } },
  timestamp: { physical: ['timestamptz'], type: { kind: 'timestamptz' } },
  object: { physical: ['string'], type: { kind: 'json', of: 'object' } },
  array: { physical: ['string'], type: { kind: 'json', of: 'array' } },
};

/** Names in other systems for Iceberg's types. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  integer: 'int',
  bigint: 'long',
  int64: 'long',
  int32: 'int',
  real: 'float',
  numeric: 'decimal(p,s)',
  number: 'decimal(p,s)',
  varchar: 'string',
  text: 'string',
  bool: 'boolean',
  timestamp: 'timestamptz',
  datetime: 'timestamptz',
};

export interface ReadType {
  readonly logical: LogicalType;
  /** null if physicalType has a problem. */
  readonly type: ColumnType | null;
}

/** Reads logicalType and physicalType of a property. null if the logical type is missing or unknown. */
export function readType(property: Cursor): ReadType | null {
  const at = property.need('logicalType', oneOf(LOGICAL_TYPES), 'Name the kind of JSON value.');
  const logical = at?.scalar() === 'time' ? unsupportedTime(at) : at?.choice(LOGICAL_TYPES);
  if (logical === null || logical === undefined) return null;
  const physical = property.get('physicalType');
  if (physical === null) return { logical, type: RULES[logical].type };
  const text = physical.text();
  return { logical, type: text === null ? null : physicalType(physical, logical, text) };
}

function unsupportedTime(at: Cursor): null {
  at.fail('logicalType time is not supported', 'Use string with a pattern, or use timestamp.');
  return null;
}

function physicalType(at: Cursor, logical: LogicalType, text: string): ColumnType | null {
  const rule = RULES[logical];
  const word = text.toLowerCase().replaceAll(' ', '');
  if (word.startsWith('decimal')) {
    const allowed = rule.physical.find((name) => name.startsWith('decimal'));
    if (allowed !== undefined) return decimalType(at, word, allowed === 'decimal(p,0)');
  }
  if (rule.physical.includes(word)) return word === 'string' ? rule.type : ({ kind: word } as ColumnType);
  const other = OTHER_NAMES[word.replace(/\(.*/, '')];
  const remedy =
    other !== undefined && rule.physical.includes(other)
      ? `Did you mean ${other}?`
      : didYouMean(word, rule.physical, 'Choose one of these, or remove physicalType.');
  at.fail(`expected ${oneOf(rule.physical)} for logicalType ${logical}, found ${show(text)}`, remedy);
  return null;
}

function decimalType(at: Cursor, word: string, whole: boolean): ColumnType | null {
  const match = /^decimal\((\d{1,3}),(\d{1,3})\)$/.exec(word);
  if (match === null) {
    at.fail(
      `expected decimal(p,s) with digits for p and s, found ${show(word)}`,
      'Write, for example, decimal(12,2).',
    );
    return null;
  }
  const precision = Number(match[1]);
  const scale = Number(match[2]);
  if (precision < 1 || precision > MAX_PRECISION) {
    at.fail(
      `expected a precision from 1 to ${MAX_PRECISION}, found ${precision}`,
      `Iceberg supports at most ${MAX_PRECISION} digits. Choose fewer, or keep the value as a string.`,
    );
  } else if (scale > precision)
    at.fail(
      `the scale ${scale} exceeds the precision ${precision}`,
      'Write decimal(all digits, digits after the point).',
    );
  else if (whole && scale !== 0)
    at.fail(
      `an integer has no digits after the point, found scale ${scale}`,
      'Use decimal(p,0), or logicalType number.',
    );
  else return { kind: 'decimal', precision, scale };
  return null;
}
