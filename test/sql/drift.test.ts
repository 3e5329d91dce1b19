import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { planOf } from '../../src/semantic/plan.ts';
import { unknownVersions } from '../../src/sql/drift.ts';
import { DUCKDB } from '../../src/sql/duckdb.ts';
import { column, keyPath, type RawRow, runPlan, topicOf } from './harness.ts';

const COLUMNS = [
  column('id', { kind: 'string' }, { keyPosition: 1 }),
  column('a', { kind: 'string' }),
  column('b_c', { kind: 'string' }, { path: keyPath('b', 'c'), displayPath: 'b.c' }),
  column('b_d_e', { kind: 'string' }, { path: keyPath('b', 'd', 'e'), displayPath: 'b.d.e' }),
  column('dotted', { kind: 'string' }, { path: keyPath('b', 'x.y'), displayPath: 'b["x.y"]' }),
  ...[0, 1].map((index) =>
    column(
      `element_${index}`,
      { kind: 'string' },
      {
        path: [...keyPath('list'), { kind: 'index', index }, ...keyPath('z')],
        displayPath: `list[${index}].z`,
      },
    ),
  ),
];
const TOPIC = topicOf(COLUMNS);
/** Where the contract has objects, and what it names in them. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  '': ['id', 'a', 'b', 'list'],
  b: ['c', 'd', 'x.y'],
  'b.d': ['e'],
  'list[0]': ['z'],
  'list[1]': ['z'],
};

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json | undefined };

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json | undefined } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectAt(payload: Json, place: string): Json | undefined {
  const object = isObject(payload) ? payload : {};
  if (place === '') return object;
  const b = object.b;
  if (place === 'b') return b;
  if (place === 'b.d') return isObject(b) ? b.d : undefined;
  return Array.isArray(object.list) ? object.list[place === 'list[0]' ? 0 : 1] : undefined;
}

/** Path and kind → rows, by the plainest reading. */
function naive(payloads: readonly Json[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const see = (path: string, kind: string): void => {
    found.set(`${path} ${kind}`, (found.get(`${path} ${kind}`) ?? 0) + 1);
  };
  for (const payload of payloads) {
    for (const [place, named] of Object.entries(NAMED)) {
      const object = objectAt(payload, place);
      const path = (member: string): string => {
        if (member.includes('.')) return `${place}["${member}"]`;
        return place === '' ? member : `${place}.${member}`;
      };
      if (!isObject(object)) {
        if (object !== undefined && object !== null) see(place, 'TYPE_MISMATCH');
        continue;
      }
      for (const member of named) if (!Object.hasOwn(object, member)) see(path(member), 'MISSING_PATH');
      const unknown = Object.keys(object).filter((member) => !named.includes(member));
      const shown = unknown.map((member) => (/^[A-Za-z_]+$/.test(member) ? member : '{key}'));
      for (const member of new Set(shown)) see(path(member), 'UNKNOWN_PATH');
    }
  }
  return found;
}

const scalar = fc.constantFrom<Json>('x', 1, null);
const object = (keys: Readonly<Record<string, fc.Arbitrary<Json>>>): fc.Arbitrary<Json> =>
  fc.record(keys, { requiredKeys: [] });
const d = fc.oneof(scalar, object({ e: scalar, new_e: scalar }));
const b = fc.oneof(scalar, object({ c: scalar, d, 'x.y': scalar, 'un known': scalar, other: scalar }));
const list = fc.oneof(scalar, fc.array(fc.oneof(scalar, object({ z: scalar, q: scalar })), { maxLength: 3 }));
const payload = object({
  id: fc.constant('k'),
  a: scalar,
  b,
  list,
  'two words': scalar,
  fresh: b,
  _: scalar,
});

/** As the scanner does it: names and nesting count; values don't, nor how many alike elements follow on each other. */
function shapeOf(value: Json | undefined): string {
  if (Array.isArray(value)) {
    const elements = value.map(shapeOf);
    return `[${elements.filter((each, at) => each !== elements[at - 1]).join()}]`;
  }
  if (!isObject(value)) return '.';
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${shapeOf(member)}`);
  return `{${members.sort().join()}}`;
}

suite('drift in SQL', () => {
  test('new paths, missing paths and values instead of objects are counted over all rows at any depth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 12 }), async (payloads) => {
        const rows = payloads.map((each, at): RawRow => {
          return { id: `m${at}`, time: 1n, payload: JSON.stringify(each), shape: shapeOf(each) };
        });
        const { drift } = await runPlan(TOPIC, rows);
        // Columns have mismatches of their own, by their gates.
        const paths = drift.filter(
          ({ path, kind }) => kind !== 'TYPE_MISMATCH' || Object.hasOwn(NAMED, String(path)),
        );
        const found = new Map(paths.map((row) => [`${row.path} ${row.kind}`, Number(row.row_count)]));
        assert.deepEqual([...found].sort(), [...naive(payloads)].sort());
      }),
      // Lists of one shape, of which some are too short for the contract's second element.
      { numRuns: 25, examples: [[[1, 2, 3].map((length) => ({ list: Array(length).fill({ q: 1 }) }))]] },
    );
  });

  test('a finding shows the same row for every order in which RAW is read', async () => {
    const topic = topicOf([
      column('id', { kind: 'string' }, { keyPosition: 1 }),
      column('n', { kind: 'int' }),
    ]);
    // The two newest share id and time, so that only their payloads tell them apart.
    const rows = ['1', '12', '123', '1234'].map((digits, at): RawRow => {
      return {
        id: at < 2 ? 'same' : `z${at}`,
        time: at < 2 ? 9n : BigInt(at),
        payload: `{"id":"k","n":"${digits}","x":${digits}}`,
        shape: 's',
      };
    });
    const orders = [rows, rows.toReversed(), [rows[1], rows[3], rows[0], rows[2]]] as RawRow[][];
    for (const order of orders) {
      const { drift } = await runPlan(topic, order);
      assert.deepEqual(
        drift.map(({ path, kind, row_count, sample }) => [path, kind, Number(row_count), sample]),
        [
          ['n', 'TYPE_MISMATCH', 4, 'string(2) digit'],
          ['x', 'UNKNOWN_PATH', 4, 'number(2)'],
        ],
      );
    }
  });

  test('members of the envelope are neither new nor missing', async () => {
    const whole = { id: 'k', a: 'x', b: { c: 'x', d: { e: 'x' }, 'x.y': 'x' }, list: [{ z: 'x' }] };
    const { drift } = await runPlan(TOPIC, [
      { id: 'm1', time: 1n, payload: JSON.stringify(whole) },
      {
        id: 'm2',
        time: 1n,
        payload: JSON.stringify({ ...whole, schemaVersion: '1.0.0', correlation_id: 'c' }),
      },
    ]);
    assert.deepEqual(drift, []);
  });

  test('a schema version that no registered contract has is drift', async () => {
    const versions = [
      '1.0.0',
      'v1.0.0',
      'https://example.org/schemas/things/1.0.0',
      'urn:things:1.0.0',
      '2.0.0',
      'https://example.org/schemas/things/v2.0.0',
      '11.0.0',
      'a person, perhaps',
      undefined,
    ];
    const rows = versions.map((version, at): RawRow => {
      const row = { id: `m${at}`, time: 1n, payload: '{"id":"k"}' };
      return version === undefined ? row : { ...row, version };
    });
    const { drift } = await runPlan(topicOf(COLUMNS.slice(0, 1)), rows);
    assert.deepEqual(
      drift.map(({ path, kind, row_count, sample }) => [path, kind, Number(row_count), sample]),
      [['schema_version', 'UNKNOWN_SCHEMA_VERSION', 4, 'schema 11.0.0']],
    );
    assert.doesNotMatch(JSON.stringify(drift), /person/);
  });

  test('versions of earlier contracts are known', () => {
    const sql = unknownVersions(planOf(TOPIC, ['v0.9', '1.0.0']), DUCKDB);
    assert.match(sql, /NOT IN \('0\.9', '1\.0\.0'\)/);
  });
});
