import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, ColumnType, Gate } from '../../src/contract/model.ts';
import { readObject } from '../model/json.ts';
import { type Read, readValue, scaled } from '../model/values.ts';
import { column, type RawRow, runPlan, topicOf } from './harness.ts';
import { TOKENS } from './tokens.ts';

/**
 * Each type's gate against every token, on a real DuckDB and in the naive model: both must give the same value, or the
 * same code. The column is required, so that each violation shows in the errors table with its message.
 */
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

/** What the scanner would list; test/raw tests the scanner against the same rule. */
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
