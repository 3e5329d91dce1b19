import type { Cursor } from './cursor.ts';
import { show } from './cursor.ts';
import { readPattern, typeText } from './gates.ts';
import type { ColumnType, Gate } from './model.ts';

const COMMON_KEYS = [
  ...[
    'id',
    'type',
    'name',
    'description',
    'dimension',
    'method',
    'schedule',
    'scheduler',
    'severity',
    'businessImpact',
  ],
  ...['unit', 'tags', 'customProperties', 'authoritativeDefinitions'],
];
const OPERATORS = [
  ...[
    'mustBe',
    'mustNotBe',
    'mustBeGreaterThan',
    'mustBeGreaterOrEqualTo',
    'mustBeLessThan',
    'mustBeLessOrEqualTo',
  ],
  ...['mustBeBetween', 'mustNotBeBetween'],
];
const KEYS = [
  ...COMMON_KEYS,
  ...OPERATORS,
  'metric',
  'rule',
  'arguments',
  'query',
  'engine',
  'implementation',
];
const TYPES = ['text', 'library', 'sql', 'custom'] as const;
const METRICS = ['invalidValues', 'nullValues', 'missingValues', 'duplicateValues', 'rowCount'] as const;
/** A list becomes part of every batch's SQL. */
const MAX_VALID_VALUES = 1_000;

/** Reads the quality[] of a property, or of the table where `type` is null, into gates. */
export function readQuality(owner: Cursor, type: ColumnType | null): readonly Gate[] {
  return (owner.get('quality')?.list() ?? []).flatMap((rule) => (rule.map(KEYS) ? readRule(rule, type) : []));
}

function readRule(rule: Cursor, type: ColumnType | null): readonly Gate[] {
  const given = rule.get('type');
  const kind = given === null ? 'library' : given.choice(TYPES);
  if (kind === 'text') return [];
  if (kind === 'sql' || kind === 'custom') {
    rule.warn(
      `a quality rule of type ${kind} is kept as documentation and not run`,
      'Use metric: invalidValues if rows must be checked.',
    );
    return [];
  }
  if (kind === null) return [];
  rule.get('rule')?.fail('rule is deprecated in ODCS 3.1', 'Name the rule with metric.');
  const metricAt = rule.need('metric', METRICS[0], 'Name the metric, or set type: text for a rule in words.');
  const metric = metricAt?.choice(METRICS) ?? null;
  if (metric === null) return [];
  if (metric !== 'invalidValues' || type === null) {
    const place = type === null ? ' at the table' : '';
    metricAt?.fail(
      `the metric ${metric}${place} is not supported yet`,
      'Remove the rule, or describe it with type: text; required and primaryKey cover nulls and duplicates.',
    );
    return [];
  }
  checkThreshold(rule);
  return invalidValues(rule, type);
}

/** A gate looks at one row, so only "no invalid value at all" can be meant. */
function checkThreshold(rule: Cursor): void {
  for (const name of OPERATORS) {
    const at = rule.get(name);
    if (at !== null && (name !== 'mustBe' || at.scalar() !== 0))
      at.fail('only mustBe: 0 is supported: each row is checked by itself', 'Write mustBe: 0.');
  }
  if (!OPERATORS.some((name) => rule.get(name) !== null))
    rule.fail('expected mustBe: 0', 'Add mustBe: 0; ODCS asks every library rule for its bound.');
  const severity = rule.get('severity');
  if (severity !== null && severity.scalar() !== 'error')
    severity.fail(
      `expected error, found ${show(severity.scalar())}; other severities are not supported yet`,
      'Remove severity.',
    );
}

function invalidValues(rule: Cursor, type: ColumnType): readonly Gate[] {
  const args = rule.need('arguments', 'validValues or pattern', 'Say which values are valid.');
  if (args === null || !args.map(['validValues', 'pattern'])) return [];
  const gates: Gate[] = [];
  const valuesAt = args.get('validValues');
  const patternAt = args.get('pattern');
  if (valuesAt === null && patternAt === null)
    args.fail('expected validValues or pattern', 'Say which values are valid.');
  if (valuesAt !== null) {
    const values = validValues(valuesAt, type);
    if (values.length > 0) gates.push({ kind: 'validValues', values });
  }
  if (patternAt !== null && type.kind !== 'string')
    patternAt.fail(`a pattern does not apply to a ${type.kind} column`, 'Use minimum and maximum.');
  else {
    const pattern = readPattern(patternAt);
    if (pattern !== null) gates.push({ kind: 'validPattern', pattern });
  }
  return gates;
}

function validValues(at: Cursor, type: ColumnType): readonly string[] {
  if (!['string', 'int', 'long', 'date'].includes(type.kind)) {
    at.fail(
      `validValues does not apply to a ${typeText(type)} column`,
      'It takes string, int, long and date columns, whose values have one spelling.',
    );
    return [];
  }
  const items = at.list();
  if (items.length === 0)
    at.fail('validValues is empty, so no value would be valid', 'List the valid values.');
  if (items.length > MAX_VALID_VALUES)
    at.fail(
      `more than ${MAX_VALID_VALUES} valid values`,
      'Use a pattern, or check against a table after loading.',
    );
  const values: string[] = [];
  for (const item of items) {
    const value = type.kind === 'int' || type.kind === 'long' ? wholeNumber(item, type) : item.text();
    if (value === null) continue;
    if (type.kind === 'date' && !isDate(value))
      item.fail(`expected a date YYYY-MM-DD, found ${show(value)}`, 'Write it as "2024-02-29".');
    if (values.includes(value)) item.fail(`${show(value)} stands twice`, 'Remove one.');
    else values.push(value);
  }
  return values;
}

function wholeNumber(item: Cursor, type: ColumnType): string | null {
  const text = item.numberText();
  if (text === null) return null;
  const bits = type.kind === 'int' ? 32 : 64;
  if (/^(0|-?[1-9]\d*)$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text)) return text;
  item.fail(`expected an integer that the column holds, found ${show(text)}`, 'Write it with plain digits.');
  return null;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
