import type { Column, Gate, Topic } from '../../src/contract/model.ts';
import { type JsonNode, stringOf } from './json.ts';
import { isDate, microsOf } from './time.ts';

/** Decimals as whole units of their scale, times as microseconds, JSON as text with sorted members. */
export type Value = string | number | bigint | boolean | null;

export type Read = { readonly value: Value } | { readonly code: string };

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
const EARLIEST = -62135596800000000n;
const LATEST = 253402300799999999n;
/** Beyond half a step above the greatest float the nearest one is infinity. */
const LARGEST_FLOAT = 3.4028235677973362e38;

/** Reads one column's value from its token, or says which rule it breaks. `node` is neither absent nor null. */
export function readValue(node: JsonNode, column: Column, topic: Topic): Read {
  const read = readTyped(node, column, topic);
  if ('code' in read) return read;
  const code = column.gates.map((gate) => broken(gate, read.value, column)).find((found) => found !== null);
  return code === undefined ? read : { code };
}

function readTyped(node: JsonNode, column: Column, topic: Topic): Read {
  const { type } = column;
  switch (type.kind) {
    case 'string':
      return node.kind === 'string' ? { value: stringOf(node) } : { code: 'TYPE_MISMATCH' };
    case 'boolean':
      return node.kind === 'boolean' ? { value: node.text === 'true' } : { code: 'TYPE_MISMATCH' };
    case 'json':
      return node.kind === type.of ? { value: sortedJson(node.text) } : { code: 'TYPE_MISMATCH' };
    case 'date':
      if (node.kind !== 'string') return { code: 'TYPE_MISMATCH' };
      return isDate(stringOf(node)) ? { value: stringOf(node) } : { code: 'DATE_INVALID' };
    case 'timestamptz':
      return column.epoch === null ? readTime(node, column.truncate) : readEpoch(node, column, topic);
    default:
      return readNumber(node, column, topic);
  }
}

function readTime(node: JsonNode, truncate: boolean): Read {
  if (node.kind !== 'string') return { code: 'TYPE_MISMATCH' };
  const micros = microsOf(stringOf(node));
  if (micros === null || micros < EARLIEST || micros > LATEST) return { code: 'TIMESTAMP_INVALID' };
  return !truncate && /\.\d{6}\d*[1-9]/.test(stringOf(node))
    ? { code: 'TIMESTAMP_TOO_PRECISE' }
    : { value: micros };
}

/** The text of a number, from a number or, where the contract accepts it, a string; null where neither. */
function numberText(node: JsonNode, topic: Topic): string | null {
  if (node.kind === 'number') return node.text;
  if (node.kind !== 'string' || !topic.acceptNumericStrings) return null;
  return NUMBER.test(stringOf(node)) ? stringOf(node) : null;
}

function readEpoch(node: JsonNode, column: Column, topic: Topic): Read {
  const text = numberText(node, topic);
  if (text === null) return { code: 'TYPE_MISMATCH' };
  if (node.kind === 'number' && !isPlain(text)) return { code: 'NUMBER_NOT_EXACT' };
  const { units, rest } = scaled(text, column.epoch === 's' ? 6 : 3);
  if (units < EARLIEST || units > LATEST) return { code: 'TIMESTAMP_INVALID' };
  return rest && !column.truncate ? { code: 'TIMESTAMP_TOO_PRECISE' } : { value: units };
}

function readNumber(node: JsonNode, column: Column, topic: Topic): Read {
  const text = numberText(node, topic);
  if (text === null) return { code: 'TYPE_MISMATCH' };
  const { type } = column;
  if (type.kind === 'double' || type.kind === 'float') {
    const value = Number(text);
    if (!Number.isFinite(value) || (type.kind === 'float' && Math.abs(value) > LARGEST_FLOAT))
      return { code: 'NUMBER_OUT_OF_RANGE' };
    const held = (type.kind === 'float' ? Math.fround(value) : value) + 0;
    return held === 0 && /[1-9]/.test(text.split(/e/i)[0] ?? '')
      ? { code: 'NUMBER_OUT_OF_RANGE' }
      : { value: held };
  }
  if (node.kind === 'number' && !isPlain(text)) return { code: 'NUMBER_NOT_EXACT' };
  if (type.kind === 'decimal') {
    const { units, rest } = scaled(text, type.scale);
    const limit = 10n ** BigInt(type.precision);
    return rest || units >= limit || units <= -limit ? { code: 'DECIMAL_DIGITS' } : { value: units };
  }
  const { units, rest } = scaled(text, 0);
  if (rest) return { code: 'TYPE_MISMATCH' };
  return BigInt.asIntN(type.kind === 'int' ? 32 : 64, units) === units
    ? { value: units }
    : { code: 'NUMBER_OUT_OF_RANGE' };
}

/** The number times 10^places, cut towards zero; `rest` where digits were cut. */
export function scaled(text: string, places: number): { units: bigint; rest: boolean } {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = whole + fraction;
  const point = whole.length + Number(exponent) + places;
  const kept = point <= 0 ? '0' : digits.padEnd(point, '0').slice(0, point);
  const cut = point <= 0 ? digits : digits.slice(point);
  return { units: BigInt(sign + kept), rest: /[1-9]/.test(cut) };
}

/** Whether every engine reads the number exactly. */
function isPlain(text: string): boolean {
  if (/^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return true;
  const significant = (text.split(/e/i)[0] ?? '').replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  const size = Math.abs(Number(text));
  return significant === '' || (significant.length <= 15 && size >= 1e-307 && size < 1e308);
}

function broken(gate: Gate, value: Value, column: Column): string | null {
  const length = [...String(value)].length;
  const fails = (failed: boolean, code: string) => (failed ? code : null);
  switch (gate.kind) {
    case 'minLength':
      return fails(length < gate.length, 'TOO_SHORT');
    case 'maxLength':
      return fails(length > gate.length, 'TOO_LONG');
    case 'pattern':
      return fails(!matches(value, gate.pattern), 'PATTERN_MISMATCH');
    case 'validPattern':
      return fails(!matches(value, gate.pattern), 'INVALID_VALUE');
    case 'validValues':
      return fails(!gate.values.includes(String(value)), 'INVALID_VALUE');
    case 'missingValues':
      return fails(gate.values.includes(String(value)), 'INVALID_VALUE');
    case 'minimum':
      return fails(compareTo(gate.bound, value, column) < (gate.exclusive ? 1 : 0), 'BELOW_MINIMUM');
    case 'maximum':
      return fails(compareTo(gate.bound, value, column) > (gate.exclusive ? -1 : 0), 'ABOVE_MAXIMUM');
  }
}

function matches(value: Value, pattern: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'u').test(String(value));
}

/** Negative where the value is below the bound. */
function compareTo(bound: string, value: Value, column: Column): number {
  if (typeof value === 'number') return Math.sign(value - Number(bound));
  const scale = column.type.kind === 'decimal' ? column.type.scale : 0;
  const difference = BigInt(value as bigint) * 10n ** BigInt(20) - scaled(bound, scale + 20).units;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** The same JSON value always as the same text. */
export function sortedJson(text: string): string {
  return JSON.stringify(sorted(JSON.parse(text)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
