import { type Cursor, show } from './cursor.ts';
import { compareDecimals, type Decimal, formatDecimal, parseDecimal } from './decimal.ts';
import type { ColumnType, Gate } from './model.ts';
import { checkPattern } from './pattern.ts';

/** A JSON string can't be longer than the record that holds it. */
const MAX_LENGTH = 1_000_000;
const NUMERIC = new Set(['int', 'long', 'float', 'double', 'decimal']);

/** Every option that ODCS defines for some logical type. */
const OPTIONS = [
  ...['minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['format', 'multipleOf', 'timezone', 'defaultTimezone'],
  ...['minProperties', 'maxProperties', 'required', 'minItems', 'maxItems', 'uniqueItems'],
];

type Bound = Extract<Gate, { kind: 'minimum' | 'maximum' }>;

/** Reads logicalTypeOptions into gates. Every option that would not be enforced is a problem or a warning. */
export function readOptions(property: Cursor, type: ColumnType): readonly Gate[] {
  const options = property.get('logicalTypeOptions');
  if (options === null || !options.map(OPTIONS)) return [];
  for (const name of OPTIONS) checkApplies(options.get(name), name, type);
  if (type.kind === 'string') return textGates(options);
  return NUMERIC.has(type.kind) ? numberGates(options, type) : [];
}

function checkApplies(at: Cursor | null, name: string, type: ColumnType): void {
  if (at === null) return;
  const forText = name === 'minLength' || name === 'maxLength' || name === 'pattern';
  const forNumber = /^(exclusive)?(min|max)imum$/i.test(name);
  if (forText ? type.kind === 'string' : forNumber && NUMERIC.has(type.kind)) return;
  if (name === 'format' && type.kind === 'string')
    at.warn('format is kept as documentation and not checked', 'Add a pattern if values must be checked.');
  else if (name === 'format' && type.kind === 'date' && at.scalar() === 'yyyy-MM-dd') return;
  else if (name === 'timezone' && type.kind === 'timestamptz' && at.scalar() === true) return;
  else if (forText || forNumber)
    at.fail(`${name} does not apply to a ${typeText(type)} column`, 'Remove it.');
  else
    at.fail(
      `${name} is not supported for a ${typeText(type)} column`,
      'Remove it. An option that is not checked must not look as if it were.',
    );
}

function textGates(options: Cursor): readonly Gate[] {
  const gates: Gate[] = [];
  const minAt = options.get('minLength');
  const min = minAt === null ? null : length(minAt);
  const maxAt = options.get('maxLength');
  const max = maxAt === null ? null : length(maxAt);
  if (min !== null) gates.push({ kind: 'minLength', length: min });
  if (max !== null) gates.push({ kind: 'maxLength', length: max });
  if (min !== null && max !== null && min > max)
    maxAt?.fail(`maxLength ${max} is below minLength ${min}`, 'Swap them, or correct one.');
  const pattern = readPattern(options.get('pattern'));
  if (pattern !== null) gates.push({ kind: 'pattern', pattern });
  return gates;
}

function length(at: Cursor): number | null {
  const value = at.integer();
  if (value === null || (value >= 0 && value <= MAX_LENGTH)) return value;
  at.fail(
    `expected a length from 0 to ${MAX_LENGTH}, found ${value}`,
    'A message has at most 1,000,000 bytes.',
  );
  return null;
}

/** The pattern in the form that all engines interpret in the same way. null if it is absent or has a problem. */
export function readPattern(at: Cursor | null): string | null {
  const text = at?.text() ?? null;
  if (at === null || text === null) return null;
  const checked = checkPattern(text);
  if (checked.ok) return checked.pattern;
  at.fail(
    `the pattern cannot be used: ${checked.reason} (character ${checked.at} of ${show(text)})`,
    'Use literals, [classes], \\d \\w \\s, (groups), | and the repeats * + ? {n,m}. DuckDB and Spark interpret these in the same way.',
  );
  return null;
}

function numberGates(options: Cursor, type: ColumnType): readonly Gate[] {
  const lower = side(options, 'minimum', 'exclusiveMinimum', type);
  const upper = side(options, 'maximum', 'exclusiveMaximum', type);
  if (lower !== null && upper !== null) {
    const order = compareDecimals(lower.value, upper.value);
    if (order > 0 || (order === 0 && (lower.gate.exclusive || upper.gate.exclusive))) {
      upper.at.fail(
        `no number lies between ${lower.gate.bound} and ${upper.gate.bound}`,
        'Swap the bounds, or correct one.',
      );
    }
  }
  return [lower, upper].flatMap((one) => (one === null ? [] : [one.gate]));
}

interface Side {
  readonly at: Cursor;
  readonly value: Decimal;
  readonly gate: Bound;
}

function side(options: Cursor, kind: Bound['kind'], exclusiveName: string, type: ColumnType): Side | null {
  const inclusive = options.get(kind);
  const exclusive = options.get(exclusiveName);
  if (inclusive !== null && exclusive !== null)
    exclusive.fail(`${kind} and ${exclusiveName} are both given`, 'Keep one of them.');
  const at = inclusive ?? exclusive;
  const value = at === null ? null : bound(at, type);
  if (at === null || value === null) return null;
  return { at, value, gate: { kind, bound: formatDecimal(value), exclusive: inclusive === null } };
}

function bound(at: Cursor, type: ColumnType): Decimal | null {
  const text = at.numberText();
  if (text === null) return null;
  const value = parseDecimal(text);
  if (value === null)
    at.fail(
      `expected a decimal number, found ${show(text)}`,
      'Write it with digits, at most one point and an exponent of three digits.',
    );
  else if (!fits(value, type))
    at.fail(
      `the bound ${show(text)} does not fit the column's type ${typeText(type)}`,
      'Choose a bound that the column can store, or a wider physicalType.',
    );
  else return value;
  return null;
}

function fits(value: Decimal, type: ColumnType): boolean {
  const magnitude = value.unscaled < 0n ? -value.unscaled : value.unscaled;
  switch (type.kind) {
    case 'int':
      return value.scale === 0 && BigInt.asIntN(32, value.unscaled) === value.unscaled;
    case 'long':
      return value.scale === 0 && BigInt.asIntN(64, value.unscaled) === value.unscaled;
    case 'decimal':
      return (
        value.scale <= type.scale &&
        magnitude * 10n ** BigInt(type.scale - value.scale) < 10n ** BigInt(type.precision)
      );
    case 'float':
      return Number.isFinite(Math.fround(Number(formatDecimal(value))));
    default:
      return Number.isFinite(Number(formatDecimal(value)));
  }
}

/** `decimal(12,2)`, `long`: the type as a contract writes it. */
export function typeText(type: ColumnType): string {
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  return type.kind === 'json' ? `JSON ${type.of}` : type.kind;
}
