import { type Cursor, show } from './cursor.ts';
import { readPattern, typeText } from './gates.ts';
import type { Column, ColumnType, Gate, Masking, QualityRule, RuleSeverity } from './model.ts';
import { OPERATORS, readBound } from './quality-bound.ts';
import { readValueList } from './value-list.ts';

const COMMON_KEYS = [
  ...['id', 'type', 'name', 'description', 'dimension', 'method', 'schedule', 'scheduler', 'severity'],
  ...['businessImpact', 'unit', 'tags', 'customProperties', 'authoritativeDefinitions'],
];
const KEYS = [
  ...COMMON_KEYS,
  ...OPERATORS,
  ...['metric', 'rule', 'arguments', 'query', 'engine', 'implementation'],
];
const TYPES = ['text', 'library', 'sql', 'custom'] as const;
const METRICS = ['invalidValues', 'nullValues', 'missingValues', 'duplicateValues', 'rowCount'] as const;
const SEVERITIES: readonly RuleSeverity[] = ['info', 'warning', 'error'];
const UNITS = ['rows', 'percent'] as const;
/** Each result and each line of `status` shows the name. */
const MAX_NAME = 100;

/** The column whose rules are read. null: the table. */
type Owner = Pick<Column, 'name' | 'type' | 'masking'> | null;

export interface DraftRule {
  readonly rule: QualityRule;
  readonly at: Cursor;
}

/** The rules of a quality[]. */
export interface QualityReading {
  /** From row rules: a row whose value breaks one is rejected. */
  readonly gates: readonly Gate[];
  /** A row rule requires a value. */
  readonly required: boolean;
  readonly rules: readonly DraftRule[];
}

const NOTHING: QualityReading = { gates: [], required: false, rules: [] };

/** Reads the quality[] of a column or of the table. Every rule that would not be checked is a problem. */
export function readQuality(at: Cursor, owner: Owner): QualityReading {
  const readings = (at.get('quality')?.list() ?? []).map((rule) =>
    rule.map(KEYS) ? readRule(rule, owner) : NOTHING,
  );
  return {
    gates: readings.flatMap(({ gates }) => gates),
    required: readings.some(({ required }) => required),
    rules: readings.flatMap(({ rules }) => rules),
  };
}

function readRule(at: Cursor, owner: Owner): QualityReading {
  const typeAt = at.get('type');
  const kind = typeAt === null ? 'library' : typeAt.choice(TYPES);
  if (kind === 'sql' || kind === 'custom')
    typeAt?.fail(
      `quality rules of type ${kind} are not supported`,
      'Use a metric, or keep the rule as type: text and run it elsewhere, or remove it.',
    );
  if (kind !== 'library') return NOTHING;
  at.get('rule')?.fail('rule is deprecated in ODCS 3.1', 'Name the rule with metric.');
  const metricAt = at.need('metric', METRICS[0], 'Name the metric, or set type: text for a rule in words.');
  const metric = metricAt?.choice(METRICS) ?? null;
  if (metricAt === null || metric === null || !belongs(metricAt, metric, owner)) return NOTHING;
  const unit = at.get('unit')?.choice(UNITS) ?? 'rows';
  if (metric === 'rowCount' && unit === 'percent')
    at.get('unit')?.fail('rowCount cannot be a share', 'Count rows: remove unit.');
  const bound = readBound(at, unit);
  const severity = at.get('severity')?.choice(SEVERITIES) ?? 'error';
  const values = readArguments(at, metric, owner);
  if (bound === null || values === null) return NOTHING;
  const none = bound.operator === 'equal' && bound.value === '0';
  if (none && severity === 'error' && metric !== 'duplicateValues' && metric !== 'rowCount')
    return { ...NOTHING, gates: values.gates, required: metric === 'nullValues' || values.nulls };
  const { columns, gates, nulls } = values;
  const rule = { name: readName(at, metric, columns), metric, columns, gates, nulls, unit, bound, severity };
  if (owner !== null) checkMasking(metricAt, rule, owner.masking);
  return { ...NOTHING, rules: [{ rule, at }] };
}

function belongs(at: Cursor, metric: QualityRule['metric'], owner: Owner): boolean {
  const place = metric === 'duplicateValues' ? null : metric === 'rowCount' ? 'table' : 'column';
  if (place === null || (place === 'table') === (owner === null)) return true;
  at.fail(
    `${metric} applies to ${place === 'table' ? 'the table' : 'one column'}`,
    place === 'table'
      ? 'Move the rule to the quality of the schema object.'
      : 'Move the rule to its property.',
  );
  return false;
}

/** The condition under which a row is counted. null if the arguments are wrong. */
function readArguments(
  at: Cursor,
  metric: QualityRule['metric'],
  owner: Owner,
): Pick<QualityRule, 'columns' | 'gates' | 'nulls'> | null {
  const plain = { columns: owner === null ? [] : [owner.name], gates: [], nulls: false };
  switch (metric) {
    case 'rowCount':
    case 'nullValues':
      at.get('arguments')?.fail(`${metric} takes no arguments`, 'Remove them.');
      return plain;
    case 'duplicateValues':
      return readDuplicates(at, owner);
    case 'missingValues': {
      const args = at.need(
        'arguments',
        'missingValues',
        'List the values that mean no value, as in [null, "n/a"].',
      );
      if (args === null || owner === null || !args.map(['missingValues'])) return null;
      const listAt = args.need(
        'missingValues',
        'a list',
        'List the values that mean no value, as in [null, "n/a"].',
      );
      if (listAt === null) return null;
      const { values, nulls } = readValueList(listAt, owner.type, true);
      return { ...plain, gates: values.length > 0 ? [{ kind: 'missingValues', values }] : [], nulls };
    }
    case 'invalidValues': {
      const gates = owner === null ? [] : invalidValues(at, owner.type);
      return gates.length === 0 ? null : { ...plain, gates };
    }
  }
}

function readDuplicates(at: Cursor, owner: Owner): Pick<QualityRule, 'columns' | 'gates' | 'nulls'> | null {
  if (owner !== null) {
    at.get('arguments')?.fail('duplicateValues of a column takes no arguments', 'Remove them.');
    return { columns: [owner.name], gates: [], nulls: false };
  }
  const remedy = 'Name the columns whose combined values must differ: properties: [a, b].';
  const args = at.need('arguments', 'properties', remedy);
  if (args === null || !args.map(['properties'])) return null;
  const items = args.need('properties', 'a list of columns', remedy)?.list() ?? [];
  const columns = items.flatMap((item) => item.text() ?? []);
  return columns.length === 0 ? null : { columns, gates: [], nulls: false };
}

function invalidValues(rule: Cursor, type: ColumnType): readonly Gate[] {
  const args = rule.need('arguments', 'validValues or pattern', 'Name the valid values.');
  if (args === null || !args.map(['validValues', 'pattern'])) return [];
  const gates: Gate[] = [];
  const valuesAt = args.get('validValues');
  const patternAt = args.get('pattern');
  if (valuesAt === null && patternAt === null)
    args.fail('expected validValues or pattern', 'Name the valid values.');
  if (valuesAt !== null) {
    const { values } = readValueList(valuesAt, type, false);
    if (values.length > 0) gates.push({ kind: 'validValues', values });
  }
  if (patternAt !== null && type.kind !== 'string')
    patternAt.fail(`a pattern does not apply to a ${typeText(type)} column`, 'Use minimum and maximum.');
  else {
    const pattern = readPattern(patternAt);
    if (pattern !== null) gates.push({ kind: 'validPattern', pattern });
  }
  return gates;
}

function readName(at: Cursor, metric: string, columns: readonly string[]): string {
  const nameAt = at.get('name') ?? at.get('id');
  const given = nameAt?.text() ?? null;
  if (given === null) return columns.length === 0 ? metric : `${metric} of ${columns.join(', ')}`;
  if (given.length > MAX_NAME || /\p{Cc}/u.test(given))
    nameAt?.fail(
      `expected a name of at most ${MAX_NAME} characters on one line, found ${show(given)}`,
      'Each result shows it. Use description for more text.',
    );
  return given;
}

/** A table rule examines what the table shows, which is masked. */
function checkMasking(at: Cursor, { metric, gates }: QualityRule, masking: Masking | null): void {
  if (masking === null || metric === 'duplicateValues') return;
  if (masking.kind === 'null')
    at.fail('the column is masked by null, so it is always empty', 'Remove the rule.');
  else if (gates.length > 0)
    at.fail(
      `the table shows masked values only, so ${metric} would examine those`,
      'Only mustBe: 0 with severity error examines a value before it is masked.',
    );
}
