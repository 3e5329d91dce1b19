import { type ConformanceTopic, contractOf, many, one, property } from './cases.ts';

const text = (name: string, masking: string, more: object = {}) =>
  property(name, 'string', { ...more, custom: { masking } });

const VALUES: readonly (readonly [string, string])[] = [
  ['a name', '"Ada Lovelace"'],
  ['an empty text', '""'],
  ['one character', '"x"'],
  ['seven characters', '"1234567"'],
  ['eight characters', '"12345678"'],
  ['characters beyond the basic plane', '"😀😁😂😃😄😅😆😇"'],
  ['combining characters', '"e\\u0301e\\u0301e\\u0301e\\u0301"'],
  ['a text with escapes', '"a\\n\\"b\\"\\\\c\\u0000d"'],
  ['a long text', `"${'0123456789'.repeat(100)}"`],
  ['a number instead', '12.5'],
  ['an object instead', '{"name":"Ada"}'],
  ['true instead', 'true'],
  ['null', 'null'],
];

const COLUMNS = ['hashed', 'redacted', 'kept4', 'kept2', 'gone', 'secret'];

/** Every masking, of good and of bad values; hashed keys; rejected rows show masked values only. */
export const MASKING_TOPICS: readonly ConformanceTopic[] = [
  {
    name: 'masked',
    contract: contractOf(
      'masked',
      [
        text('k', 'hash', { required: true, primaryKey: true, primaryKeyPosition: 1 }),
        text('hashed', 'hash', { logicalTypeOptions: { maxLength: 20 } }),
        text('redacted', 'redact'),
        text('kept4', 'partial'),
        text('kept2', 'partial:2'),
        text('gone', 'null'),
        property('secret', 'string', { classification: 'restricted' }),
        property('born', 'integer', { custom: { masking: 'null' } }),
      ],
      { onTypeMismatch: 'reject' },
    ),
    cases: [
      ...VALUES.flatMap(([name, token]) => [
        one(`all maskings of ${name}`, COLUMNS.map((column) => `"${column}":${token}`).join(',')),
        ...COLUMNS.map((column) => one(`${column}: ${name}`, `"${column}":${token}`)),
      ]),
      one('a year that is masked', '"born":1815'),
      one('a year that is none', '"born":"about 1815"'),
      many(
        'a masked row that changes',
        [{ members: '"hashed":"a","redacted":"b"' }],
        [{ id: 'n', time: 2_000_000n, members: '"hashed":"b","redacted":"c"' }],
      ),
      many(
        'a change that the masking hides, with equal id and time',
        [{ members: '"redacted":"a"' }],
        [{ members: '"redacted":"b"' }],
      ),
      many(
        'the greater hash wins a tie',
        [{ members: '"hashed":"a"' }, { members: '"hashed":"b"' }, { members: '"hashed":"c"' }],
        [{ members: '"hashed":"d"' }, { members: '"hashed":"e"' }],
      ),
    ],
    rebuild: true,
  },
  {
    name: 'hashed_envelope',
    contract: contractOf(
      'hashed_envelope',
      [text('idempotency_key', 'hash', { required: true }), property('v', 'integer', { required: true })],
      { idempotencyKey: 'idempotency_key' },
    ),
    keyless: true,
    cases: [
      many(
        'inserted, then updated',
        [{ members: '"v":1' }],
        [{ id: 'n', time: 2_000_000n, members: '"v":2' }],
      ),
      one('rejected', '"v":"x"'),
      many('rejected twice', [{ members: '"v":"x"' }], [{ members: '"v":"x"' }]),
      many('rejected, then taken', [{ members: '"v":null' }], [{ id: 'n', members: '"v":3' }]),
    ],
  },
];
