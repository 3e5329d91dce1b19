import { type Cursor, show } from './cursor.ts';
import { typeText } from './gates.ts';
import type { ColumnType } from './model.ts';

/** The SQL of each batch contains the list. */
const MAX_VALUES = 1_000;

export interface ValueList {
  /** Written as the column's values are. */
  readonly values: readonly string[];
  readonly nulls: boolean;
}

/** Reads a list of allowed values of a column, and reports its problems. `nullable`: it may contain null. */
export function readValueList(at: Cursor, type: ColumnType, nullable: boolean): ValueList {
  const items = at.list();
  if (items.length === 0) at.fail('the list is empty, so the rule checks nothing', 'List the values.');
  if (items.length > MAX_VALUES)
    at.fail(`more than ${MAX_VALUES} values`, 'Use a pattern, or check against a table after loading.');
  const plain = items.filter((item) => !(nullable && item.scalar() === null));
  if (plain.length > 0 && !['string', 'int', 'long', 'date'].includes(type.kind)) {
    at.fail(
      `a list of values does not apply to a ${typeText(type)} column`,
      'Use it for string, int, long and date columns, whose values have one spelling.',
    );
    return { values: [], nulls: false };
  }
  const values: string[] = [];
  for (const item of plain) {
    const value = readValue(item, type);
    if (value === null) continue;
    if (values.includes(value)) item.fail(`${show(value)} is listed twice`, 'Remove one.');
    else values.push(value);
  }
  return { values, nulls: plain.length < items.length };
}

function readValue(item: Cursor, type: ColumnType): string | null {
  if (type.kind === 'int' || type.kind === 'long') return wholeNumber(item, type);
  // The empty text is a value like any other here, as in a rule against empty names.
  const value = type.kind === 'string' && item.scalar() === '' ? '' : item.text();
  if (value !== null && type.kind === 'date' && !isDate(value))
    item.fail(`expected a date YYYY-MM-DD, found ${show(value)}`, 'Write it as "2024-02-29".');
  return value;
}

function wholeNumber(item: Cursor, type: ColumnType): string | null {
  const text = item.numberText();
  if (text === null) return null;
  const bits = type.kind === 'int' ? 32 : 64;
  if (/^(0|-?[1-9]\d*)$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text)) return text;
  item.fail(
    `expected an integer that the column can store, found ${show(text)}`,
    'Write it with plain digits.',
  );
  return null;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
