import { type ConformanceTopic, contractOf, KEY, many, one, property } from './cases.ts';

const T = (seconds: number) => BigInt(seconds) * 1_000_000n;
const v = (id: string, seconds: number, value: string, more = '') => ({
  id,
  time: T(seconds),
  members: `"v":${value}${more}`,
});

const CASES = [
  many('one version', [v('a', 1, '1')]),
  many('the newer of two', [v('a', 1, '1'), v('b', 2, '2')]),
  many('the newer of two, in other order', [v('b', 2, '2'), v('a', 1, '1')]),
  many('newer by a microsecond', [v('a', 1, '1'), { id: 'b', time: T(1) + 1n, members: '"v":2' }]),
  many('times before 1970', [v('a', -2, '1'), v('b', -1, '2')]),
  many('equal times: the greater id', [v('a', 1, '1'), v('b', 1, '2')]),
  many('ids by bytes: digits before letters', [v('10', 1, '1'), v('9', 1, '2')]),
  many('ids by bytes: capitals first', [v('a', 1, '1'), v('B', 1, '2')]),
  many('ids by bytes: a pair behind the private use area', [v('\ue000', 1, '1'), v('😀', 1, '2')]),
  many('ids by bytes: a prefix first', [v('a', 1, '1'), v('aa', 1, '2')]),
  many('ids by bytes: umlauts behind ASCII', [v('z', 1, '1'), v('ä', 1, '2')]),
  many('exact copies in a batch', [v('a', 1, '1'), v('a', 1, '1'), v('a', 1, '1')]),
  many('an exact copy in a later batch', [v('a', 1, '1')], [v('a', 1, '1')]),
  many('a copy with other blanks', [v('a', 1, '1'), v('a', 1, ' 1')]),
  many('a copy with other blanks in a later batch', [v('a', 1, '1')], [v('a', 1, ' 1')]),
  many('a conflict: the greater value', [v('a', 1, '1'), v('a', 1, '2')]),
  many('a conflict: NULL is smallest', [v('a', 1, 'null'), v('a', 1, '-5')]),
  many('a conflict in a later batch, greater', [v('a', 1, '1')], [v('a', 1, '2')]),
  many('a conflict in a later batch, smaller', [v('a', 1, '2')], [v('a', 1, '1')]),
  many('a conflict in a later batch, NULL against a value', [v('a', 1, '2')], [v('a', 1, 'null')]),
  many('a conflict in a later batch, a value against NULL', [v('a', 1, 'null')], [v('a', 1, '2')]),
  many('a conflict by text', [v('a', 1, '1', ',"s":"b"'), v('a', 1, '1', ',"s":"a"')]),
  many('a conflict by text: UTF-8 bytes', [v('a', 1, '1', ',"s":"\ue000"'), v('a', 1, '1', ',"s":"😀"')]),
  many('a conflict by text: an empty one', [v('a', 1, '1', ',"s":""'), v('a', 1, '1')]),
  many('a conflict by number: the two zeros', [v('a', 1, '1', ',"d":0.0'), v('a', 1, '1', ',"d":-0.0')]),
  many('a conflict by number', [v('a', 1, '1', ',"d":1e7'), v('a', 1, '1', ',"d":2.5')]),
  many('a conflict by decimal', [v('a', 1, '1', ',"m":10.5'), v('a', 1, '1', ',"m":9.5')]),
  many('a conflict by truth', [v('a', 1, '1', ',"b":true'), v('a', 1, '1', ',"b":false')]),
  many('a conflict by date', [v('a', 1, '1', ',"day":"2026-01-02"'), v('a', 1, '1', ',"day":"2025-12-31"')]),
  many('a conflict by time', [
    v('a', 1, '1', ',"ts":"2026-01-01T00:00:00Z"'),
    v('a', 1, '1', ',"ts":"2026-01-01T00:00:00+01:00"'),
  ]),
  many('a conflict by JSON: numbers that Java prints otherwise', [
    v('a', 1, '1', ',"j":{"x":1e7}'),
    v('a', 1, '1', ',"j":{"x":1.5}'),
    v('a', 1, '1', ',"j":{"x":11.0}'),
  ]),
  many(
    'a conflict by JSON in a later batch',
    [v('a', 1, '1', ',"j":{"x":1e7}')],
    [v('a', 1, '1', ',"j":{"x":1.5}')],
  ),
  many('a conflict of messages that differ only in what no column shows', [
    v('a', 1, '1', ',"x":1'),
    v('a', 1, '1', ',"x":2'),
  ]),
  many('a redelivery that says the same otherwise', [v('a', 1, '1', ',"x":1')], [v('a', 1, '1', ',"x":2')]),
  many('an update in the next batch', [v('a', 1, '1')], [v('b', 2, '2')]),
  many('updates in three batches', [v('a', 1, '1')], [v('b', 2, '2')], [v('c', 3, '3')]),
  many('a late version is stale', [v('b', 2, '2')], [v('a', 1, '1')]),
  many('late in the third batch', [v('b', 2, '2')], [v('c', 3, '3')], [v('a', 1, '1')]),
  many('new and old in one batch', [v('b', 2, '2')], [v('a', 1, '1'), v('c', 3, '3')]),
  many('an update that clears a value', [v('a', 1, '1', ',"s":"x"')], [v('b', 2, '2')]),
  many('an update whose optional value is bad', [v('a', 1, '1', ',"d":1.5')], [v('b', 2, '2', ',"d":"x"')]),
  many('a key first seen in the second batch', [], [v('a', 1, '1')]),
  many('a key first seen in the third batch', [], [], [v('a', 1, '1')]),
  many('a bad newest version is rejected, the older one stays', [v('a', 1, '1'), v('b', 2, '"x"')]),
  many('rejected alone', [v('a', 1, '"x"')]),
  many('rejected, then a good version', [v('a', 1, '"x"')], [v('b', 2, '2')]),
  many('rejected twice alike', [v('a', 1, '"x"'), v('a', 1, '"x"')]),
  many('rejected again in a later batch', [v('a', 1, '"x"')], [v('a', 1, '"x"')]),
  many('rejected for another value in a later batch', [v('a', 1, '"x"')], [v('a', 1, '"y"')]),
  many('rejected with other blanks', [v('a', 1, '"x"'), v('a', 1, ' "x"')]),
  many('a missing required value', [{ id: 'a', members: '' }]),
  many('a required value that is null', [v('a', 1, 'null'), { id: 'a', members: '' }]),
  many('many versions', [...Array.from({ length: 50 }, (_, i) => v(`m${i % 7}`, i % 11, String(i)))]),
  many(
    'many versions over batches',
    ...[0, 1, 2].map((b) =>
      Array.from({ length: 30 }, (_, i) => v(`m${(i * 7 + b) % 13}`, (i * 5 + b) % 9, String(i * b))),
    ),
  ),
  many(
    'two keys',
    [
      { row: 'x', members: '"v":1' },
      { row: 'y', members: '"v":2' },
    ],
    [{ row: 'x', id: 'n', time: T(5), members: '"v":3' }],
  ),
  many(
    'a partition that an update leaves',
    [v('a', 1, '1', ',"day":"2026-01-01"')],
    [v('b', 2, '1', ',"day":"2026-02-01"')],
  ),
  many(
    'a partition that an update leaves for NULL',
    [v('a', 1, '1', ',"day":"2026-01-01"')],
    [v('b', 2, '1')],
  ),
];

const COLUMNS = [
  KEY,
  property('v', 'integer', { required: true }),
  property('s', 'string'),
  property('d', 'number'),
  property('m', 'number', { physicalType: 'decimal(12,3)' }),
  property('b', 'boolean'),
  property('day', 'date', { partitioned: true, custom: { transform: 'month' } }),
  property('ts', 'timestamp'),
  property('j', 'object'),
];

const optional = COLUMNS.map((column) => (column.name === 'v' ? property('v', 'integer') : column));

const big = (id: string, ...tokens: readonly string[]) =>
  tokens.map((token) => ({ id, members: `"n":${token},"day":"2026-01-01"` }));

/** Order, duplicates, conflicts, late versions and rejections, over several batches and a rebuild. */
export const MERGE_TOPICS: readonly ConformanceTopic[] = [
  { name: 'merged', contract: contractOf('merged', COLUMNS), cases: CASES, rebuild: true },
  { name: 'merged_optional', contract: contractOf('merged_optional', optional), cases: CASES },
  {
    name: 'two_keys',
    contract: contractOf('two_keys', [
      property('n', 'integer', { primaryKey: true, primaryKeyPosition: 2, required: true }),
      property('day', 'date', { primaryKey: true, primaryKeyPosition: 1, required: true }),
      property('k', 'string'),
    ]),
    cases: [
      many('a key of two columns', big('a', '1000001', '1000002'), big('b', '1000001')),
      many('a key of an integer with exponent and point', big('a', '2e6', '2000000', '2000000.0')),
      many('a key that is missing', [{ members: '"day":"2026-01-01"' }, { members: '"n":3000000' }]),
      many('a key that is null', [{ members: '"n":null,"day":null' }]),
      many('a key of a wrong type', [{ members: '"n":"4000000","day":"2026-01-01"' }]),
      many('a key that no double holds', big('a', '9007199254740993', '9007199254740992')),
      many('a key beyond int64', big('a', '9223372036854775808')),
      one('a key that is no date', '"n":5000000,"day":"2026-02-30"'),
    ],
  },
];
