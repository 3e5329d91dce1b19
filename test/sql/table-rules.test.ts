import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { QualityRule } from '../../src/contract/model.ts';
import { column, type RawRow, runPlan, topicOf } from './harness.ts';

const rule = (metric: QualityRule['metric'], parts: Partial<QualityRule> = {}): QualityRule => ({
  name: metric,
  metric,
  columns: metric === 'rowCount' ? [] : ['note'],
  gates: [],
  nulls: false,
  unit: 'rows',
  bound: { operator: 'equal', value: '0' },
  severity: 'error',
  ...parts,
});

const RULES = [
  rule('rowCount'),
  rule('nullValues'),
  rule('missingValues', { gates: [{ kind: 'missingValues', values: ['', 'n/a'] }], nulls: true }),
  rule('missingValues', { gates: [{ kind: 'missingValues', values: ["it's"] }] }),
  rule('invalidValues', {
    gates: [
      { kind: 'validValues', values: ['ab', 'cd'] },
      { kind: 'validPattern', pattern: '[a-b]+' },
    ],
  }),
  rule('duplicateValues'),
  rule('duplicateValues', { columns: ['note', 'size'] }),
  rule('duplicateValues', { columns: ['person'] }),
  rule('nullValues', { columns: ['person'] }),
];

const COLUMNS = [
  column('id', { kind: 'string' }, { keyPosition: 1 }),
  column('note', { kind: 'string' }),
  column('size', { kind: 'long' }),
  column('person', { kind: 'string' }, { masking: { kind: 'hash' } }),
];

interface Item {
  readonly id: string;
  readonly note: string | null;
  readonly size: number | null;
  readonly person: string | null;
}

/** The figures by the plainest reading of the rules. */
function naive(rows: readonly Item[]): readonly number[] {
  const count = (holds: (item: Item) => boolean): number => rows.filter(holds).length;
  const doubles = (of: (item: Item) => readonly unknown[]): number => {
    const full = rows.map(of).filter((values) => values.every((value) => value !== null));
    return full.length - new Set(full.map((values) => JSON.stringify(values))).size;
  };
  return [
    rows.length,
    count(({ note }) => note === null),
    count(({ note }) => note === null || note === '' || note === 'n/a'),
    count(({ note }) => note === "it's"),
    count(({ note }) => note !== null && !(['ab', 'cd'].includes(note) && /^[ab]+$/.test(note))),
    doubles(({ note }) => [note]),
    doubles(({ note, size }) => [note, size]),
    doubles(({ person }) => [person]),
    count(({ person }) => person === null),
  ];
}

const item = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  note: fc.constantFrom('ab', 'cd', '', 'n/a', "it's", null),
  size: fc.constantFrom(1, 2, null),
  person: fc.constantFrom('x', 'y', null),
});

/** Live rows as the table would hold them, older than every message of the batch or newer. */
function target(rows: readonly Item[], time: number): string {
  const literal = (value: string | null): string =>
    value === null ? 'NULL::VARCHAR' : `'${value.replaceAll("'", "''")}'`;
  const values = rows.map(
    ({ id, note, size, person }, at) =>
      `(${literal(id)}, ${literal(note)}, ${size ?? 'NULL'}::BIGINT, ${literal(person)}, 'm', make_timestamptz(${time}), 'k', 'b', 1, 'f', ${at}::BIGINT)`,
  );
  return `SELECT * FROM (VALUES ${values.join(', ')}) v(id, note, size, person, _message_id, _publish_time, _idempotency_key, _batch_id, _contract_version, _file, _pos)`;
}

suite('table rules in SQL', () => {
  test('measure the table as the batch leaves it: rows kept, replaced and new', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(item, { selector: ({ id }) => id, minLength: 1 }),
        fc.array(item, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (held, messages, heldIsOlder) => {
          const rows = messages.map(
            (message, at): RawRow => ({
              id: `m${at}`,
              time: BigInt(1_000 + at),
              payload: JSON.stringify(message),
            }),
          );
          const topic = topicOf(COLUMNS, { rules: RULES });
          const { checks, counts } = await runPlan(topic, rows, target(held, heldIsOlder ? 1 : 9_999));
          const table = new Map(
            held.map((each) => [each.id, { ...each, person: each.person && `old ${each.person}` }]),
          );
          for (const message of messages)
            if (heldIsOlder || !held.some(({ id }) => id === message.id)) table.set(message.id, message);
          const expected = naive([...table.values()]);
          assert.deepEqual(
            checks.map((row) => [row.rule_id, Number(row.measured), Number(row.row_count)]),
            RULES.map((_, at) => [at, expected[at], table.size]),
            JSON.stringify(counts),
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  test('a batch that writes nothing still measures the table, also an empty one', async () => {
    const topic = topicOf(COLUMNS, { rules: RULES });
    const broken = [{ id: 'm', time: 1n, payload: '{"note":"ab"}' }];
    const { checks } = await runPlan(topic, broken);
    assert.deepEqual(
      checks.map((row) => [Number(row.measured), Number(row.row_count)]),
      RULES.map(() => [0, 0]),
    );
  });
});
