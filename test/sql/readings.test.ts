import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, ColumnType, Gate } from '../../src/contract/model.ts';
import { readObject } from '../model/json.ts';
import { type Read, readValue, scaled } from '../model/values.ts';
import { column, type RawRow, runPlan, topicOf } from './harness.ts';

/**
 * Each type's gate against every token, on a real DuckDB and in the naive model: both must give the same value, or the
 * same code. The column is required, so that each violation shows in the errors table with its message.
 */
const NUMBERS = [
  '0',
  '-0',
  '0.0',
  '-0.0',
  '1',
  '-1',
  '1.0',
  '1.5',
  '-1.50',
  '12.9',
  '1e3',
  '1E3',
  '1e-3',
  '-1.5e3',
  '1.25e2',
  '1e15',
  '1e17',
  '1.5e-7',
  '1e22',
  '1e38',
  '3.4028235e38',
  '3.5e38',
  '1e308',
  '1e400',
  '-1e400',
  '1e-320',
  '1e-400',
  '2147483647',
  '2147483648',
  '-2147483649',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '123456789012345678901234567890',
  '0.1234567890123456789',
  '123456789012345.67',
  '99999999.99',
  '100000000',
  '99999999.994',
  '0.00',
  '1.999',
  '253402300799',
  '253402300800',
  '-62135596800',
  '-62135596801',
  '1517966773840',
  '1517966773.840001',
  '1.0000001',
  '1.123',
  '1.1234',
];
const STRINGS = [
  '""',
  '"a"',
  '"abc"',
  '"abcdefg"',
  '"ÄÖ😀"',
  '"\\u0041\\n"',
  '"\\u0000"',
  '"\\"q\\""',
  '"null"',
  '"true"',
  '"1"',
  '"1.5"',
  '"01"',
  '"+1"',
  '" 1"',
  '"1e2"',
  '"0e5"',
  '"1e1000"',
  '"1.0000000000000000001"',
  '"99999999.99"',
  '"0.1234567890123456789"',
  '"123456789012345678901234567890"',
  '"NaN"',
  '"Infinity"',
  '"0x10"',
  '"1_000"',
];
const TIMES = [
  '"2026-01-01T00:00:00Z"',
  '"2026-01-01t00:00:00z"',
  '"2026-01-01T00:00:00.5+02:00"',
  '"2026-01-01T00:00:00-23:59"',
  '"2026-01-01T00:00:00+24:00"',
  '"2026-01-01T00:00:00"',
  '"2026-01-01 00:00:00Z"',
  '"2024-02-29T23:59:59.999999Z"',
  '"2023-02-29T00:00:00Z"',
  '"2026-01-01T24:00:00Z"',
  '"2026-06-30T23:59:60Z"',
  '"2026-01-01T00:00:00.1234567Z"',
  '"2026-01-01T00:00:00.1234560Z"',
  '"2026-01-01T00:00:00.Z"',
  '"0001-01-01T00:00:00Z"',
  '"0001-01-01T00:00:00+00:01"',
  '"9999-12-31T23:59:59.999999Z"',
  '"9999-12-31T23:59:59-00:01"',
  '"0000-01-01T00:00:00Z"',
  '"2026-13-01T00:00:00Z"',
  '"infinity"',
  '"epoch"',
  '"2026-01-01"',
  '"2024-02-29"',
  '"2023-02-29"',
  '"0000-01-01"',
  '"2026-1-1"',
  '"20260101"',
];
const OTHERS = ['null', 'true', 'false', '[]', '[1]', '{}', '{"a":1}'];
const TOKENS = [...NUMBERS, ...STRINGS, ...TIMES, ...OTHERS];

interface Case {
  readonly name: string;
  readonly type: ColumnType;
  readonly more?: Partial<Column>;
}

const gates = (...list: readonly Gate[]): Partial<Column> => ({ gates: list });

const CASES: readonly Case[] = [
  { name: 'string', type: { kind: 'string' } },
  {
    name: 'string, 2 to 4 characters',
    type: { kind: 'string' },
    more: gates({ kind: 'minLength', length: 2 }, { kind: 'maxLength', length: 4 }),
  },
  {
    name: 'string by pattern',
    type: { kind: 'string' },
    more: gates({ kind: 'pattern', pattern: '[a-z]+' }),
  },
  {
    name: 'string of a list',
    type: { kind: 'string' },
    more: gates({ kind: 'validValues', values: ['a', "it's", '1'] }),
  },
  { name: 'int', type: { kind: 'int' } },
  { name: 'long', type: { kind: 'long' } },
  {
    name: 'long within bounds',
    type: { kind: 'long' },
    more: gates(
      { kind: 'minimum', bound: '-1', exclusive: false },
      { kind: 'maximum', bound: '1000', exclusive: true },
    ),
  },
  { name: 'float', type: { kind: 'float' } },
  { name: 'double', type: { kind: 'double' } },
  { name: 'decimal(10,2)', type: { kind: 'decimal', precision: 10, scale: 2 } },
  { name: 'decimal(38,10)', type: { kind: 'decimal', precision: 38, scale: 10 } },
  { name: 'decimal(3,3)', type: { kind: 'decimal', precision: 3, scale: 3 } },
  {
    name: 'decimal above a bound',
    type: { kind: 'decimal', precision: 10, scale: 2 },
    more: gates({ kind: 'minimum', bound: '1.5', exclusive: true }),
  },
  { name: 'boolean', type: { kind: 'boolean' } },
  { name: 'date', type: { kind: 'date' } },
  { name: 'timestamp', type: { kind: 'timestamptz' } },
  { name: 'timestamp, cut', type: { kind: 'timestamptz' }, more: { truncate: true } },
  { name: 'seconds', type: { kind: 'timestamptz' }, more: { epoch: 's' } },
  { name: 'milliseconds', type: { kind: 'timestamptz' }, more: { epoch: 'ms' } },
  { name: 'milliseconds, cut', type: { kind: 'timestamptz' }, more: { epoch: 'ms', truncate: true } },
];

/** As the scanner would say it (DESIGN 5); test/raw holds the scanner to the same rule. */
function inexact(token: string): string | undefined {
  if (!/^-?\d/.test(token)) return undefined;
  if (/^-?\d+$/.test(token) && BigInt.asIntN(64, BigInt(token)) === BigInt(token)) return undefined;
  const digits = (token.split(/e/i)[0] ?? '').replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  const size = Math.abs(Number(token));
  return digits === '' || (digits.length <= 15 && size >= 1e-307 && size < 1e308) ? undefined : '/v';
}

function rowsOf(tokens: readonly string[]): readonly RawRow[] {
  return tokens.map((token, index) => {
    const path = inexact(token);
    return {
      id: `m${index}`,
      time: 1n,
      key: 'k',
      payload: `{"k":${index},"v":${token}}`,
      ...(path === undefined ? {} : { inexact: path }),
    };
  });
}

/** The engine's value as the model writes it. */
function modelValue(text: unknown, type: ColumnType): unknown {
  if (text === null) return null;
  if (type.kind === 'decimal') return scaled(String(text), type.scale).units;
  if (type.kind === 'int' || type.kind === 'long') return BigInt(String(text));
  if (type.kind === 'float' || type.kind === 'double') return Number(text);
  return type.kind === 'timestamptz' ? microsOf(String(text)) : text;
}

/** `2026-01-01 00:00:00.5+00`, as DuckDB prints it; years before 1000 have fewer digits in Date.parse's reading. */
function microsOf(text: string): bigint {
  const [, date = '', time = '', fraction = ''] = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return BigInt(Date.parse(`${date}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

function expected(token: string, target: Column, topic: ReturnType<typeof topicOf>): Read {
  const node = readObject(Buffer.from(`{"v":${token}}`)).members.get('v');
  if (node === undefined || node.kind === 'null') return { code: 'REQUIRED_MISSING' };
  return readValue(node, target, topic);
}

for (const strings of [false, true]) {
  for (const { name, type, more } of CASES) {
    test(`${name}${strings ? ', numeric strings accepted' : ''}: DuckDB and the model read ${TOKENS.length} tokens alike`, async () => {
      const target = column('v', type, { required: true, ...more });
      const topic = topicOf([column('k', { kind: 'long' }, { keyPosition: 1 }), target], {
        acceptNumericStrings: strings,
      });
      const result = await runPlan(topic, rowsOf(TOKENS));
      const found = new Map<string, unknown>();
      for (const row of result.upserts) found.set(String(row.k), { value: modelValue(row.v, type) });
      for (const row of result.errors) found.set(String(row.key), { code: row.codes });
      TOKENS.forEach((token, index) => {
        assert.deepEqual(found.get(String(index)), expected(token, target, topic), `token ${token}`);
      });
    });
  }
}
