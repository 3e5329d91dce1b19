import fc from 'fast-check';
import { TOKENS } from '../../sql/tokens.ts';
import { type Case, type ConformanceTopic, contractOf, KEY, property } from './cases.ts';

/** Other seeds find other cases. CI runs these. */
const SEEDS = [20260101, 20260102];
const BATCHES = 3;
const CASES = 60;
const MAX_MESSAGES = 4;

const COLUMNS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  s: property('s', 'string', { logicalTypeOptions: { pattern: '(?:[^x]|xx)*', maxLength: 12 } }),
  h: property('h', 'string', { custom: { masking: 'hash' } }),
  p: property('p', 'string', { custom: { masking: 'partial:3' } }),
  i: property('i', 'integer', { physicalType: 'int', logicalTypeOptions: { minimum: -5 } }),
  l: property('l', 'integer', { criticalDataElement: true }),
  d: property('d', 'number'),
  f: property('f', 'number', { physicalType: 'float' }),
  m: property('m', 'number', { physicalType: 'decimal(12,3)' }),
  b: property('b', 'boolean'),
  day: property('day', 'date'),
  ts: property('ts', 'timestamp', { partitioned: true, custom: { transform: 'day' } }),
  ms: property('ms', 'timestamp', { custom: { epoch: 'ms' } }),
  o: property('o', 'object', { properties: [property('x', 'string'), property('y', 'array')] }),
  j: property('j', 'object'),
};

const text = fc.string({ unit: 'grapheme', maxLength: 14 }).map((value) => JSON.stringify(value));
const double = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? '-0.0' : String(value)));
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }).map((value) => JSON.stringify(value));
const instant = fc
  .date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
  .map((date) => JSON.stringify(date.toISOString()));
const token = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TOKENS) },
  { weight: 2, arbitrary: text },
  { weight: 2, arbitrary: double },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String) },
  { weight: 1, arbitrary: json },
  { weight: 1, arbitrary: instant },
);
/** Values that are valid often enough to give live rows. */
const vital = fc.oneof({ weight: 5, arbitrary: fc.integer().map(String) }, { weight: 1, arbitrary: token });

const members = fc
  .record(
    {
      ...Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, token])),
      o: fc.oneof(token, fc.record({ x: token, y: token, z: token }, { requiredKeys: [] }).map(objectText)),
      unknown: token,
    },
    { requiredKeys: [] },
  )
  .chain((some) => vital.map((l) => ({ ...some, l })))
  .map((all) =>
    Object.entries(all)
      .map(([name, value]) => `"${name}":${value}`)
      .join(','),
  );

function objectText(parts: Readonly<Record<string, string | undefined>>): string {
  return `{${Object.entries(parts)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
}

const message = fc.record({
  id: fc.constantFrom('a', 'b', 'ä', '😀'),
  time: fc.bigInt({ min: -3n, max: 3n }),
  row: fc.constantFrom('', 'r'),
  members,
});

const oneCase = fc.array(fc.array(message, { maxLength: MAX_MESSAGES }), {
  minLength: BATCHES,
  maxLength: BATCHES,
});

function casesOf(seed: number): readonly Case[] {
  return fc
    .sample(oneCase, { seed, numRuns: CASES })
    .filter((batches) => batches.some((messages) => messages.length > 0))
    .map((batches, index) => ({ name: `seed ${seed}, case ${index}`, batches }));
}

export const GENERATED_TOPICS: readonly ConformanceTopic[] = SEEDS.map((seed, index) => {
  const name = `generated_${index}`;
  const more = index === 0 ? {} : { onTypeMismatch: 'reject', acceptNumericStrings: true };
  return {
    name,
    contract: contractOf(name, [KEY, ...Object.values(COLUMNS)], more),
    cases: casesOf(seed),
    rebuild: index === 0,
  };
});
