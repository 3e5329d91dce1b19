import { type ConformanceTopic, contractOf, KEY, many, one, property } from './cases.ts';

const TOKENS = [
  '1',
  '-1.5',
  '1e22',
  '1e7',
  '"abc"',
  '"ABC 123"',
  '"é\\n"',
  '"\\u001f"',
  '""',
  'true',
  'null',
  '[]',
  '[1,2]',
  '{}',
  '{"a":{"b":1}}',
];

const VERSIONS = [
  '1.0.0',
  'v1.0.0',
  '2.0.0',
  'urn:x:2.1',
  'https://example.com/s#V3',
  'a b',
  'ä',
  '',
  'x/',
  '2.0\n',
  'x'.repeat(70),
];

/** Unknown and mistyped members in every form; samples show shapes, never values. */
export const DRIFT_TOPICS: readonly ConformanceTopic[] = [
  {
    name: 'drift',
    contract: contractOf('drift', [
      KEY,
      property('o', 'object', {
        properties: [
          property('x', 'integer'),
          property('p', 'object', { properties: [property('q', 'string')] }),
        ],
      }),
      property('n', 'integer'),
      property('s', 'string', { logicalTypeOptions: { maxLength: 3 } }),
      property('t', 'timestamp'),
      property('e', 'number'),
    ]),
    cases: [
      ...TOKENS.map((token, index) => one(`an unknown member: ${token}`, `"new_${index}":${token}`)),
      ...TOKENS.map((token, index) =>
        one(`an unknown member of an object: ${token}`, `"o":{"new_${index}":${token}}`),
      ),
      ...TOKENS.map((token) => one(`instead of an object: ${token}`, `"o":${token}`)),
      ...TOKENS.map((token) => one(`instead of an inner object: ${token}`, `"o":{"p":${token}}`)),
      ...TOKENS.map((token) =>
        one(`for all types: ${token}`, `"n":${token},"s":${token},"t":${token},"e":${token}`),
      ),
      one('names that are no identifiers', '"a b":1,"ä":2,"1x":3,"":4,"a.b":5,"😀":6,"a\\"b":7,"a\\\\b":8'),
      one('a name of 64 characters', `"${'a'.repeat(64)}":1,"${'b'.repeat(63)}":1`),
      one(
        'envelope members',
        '"_metadata":{"x":1},"period_reference":"2026-01","correlation_id":"c","schemaVersion":"1"',
      ),
      many(
        'the same member in many rows',
        Array.from({ length: 20 }, (_, i) => ({ row: `r${i}`, id: `m${i}`, members: `"often":${i}` })),
      ),
      many('in two batches', [{ members: '"again":1' }], [{ id: 'n', members: '"again":"x"' }]),
      ...VERSIONS.map((version) =>
        many(`schema version ${JSON.stringify(version)}`, [{ members: '"n":1', version }]),
      ),
      many('from exact copies', [{ members: '"copied":1' }, { members: '"copied":1' }]),
    ],
  },
  {
    name: 'drift_overflow',
    contract: contractOf('drift_overflow', [KEY, property('n', 'integer')]),
    cases: [
      one('1,200 unknown members', Array.from({ length: 1200 }, (_, i) => `"m${i}":${i}`).join(',')),
      one('one more', '"zz":1,"n":"x"'),
    ],
  },
];
