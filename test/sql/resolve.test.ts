import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Column, Topic } from '../../src/contract/model.ts';
import { fromEngine, fromModel } from '../model/compare.ts';
import { readObject } from '../model/json.ts';
import { type Fate, SemanticModel } from '../model/semantic.ts';
import { type BatchResult, column, type RawRow, runPlan, topicOf } from './harness.ts';

/**
 * Copies, versions, masks and fates on a real DuckDB, the second batch onto what the first one left, against the
 * naive model. Messages collide on purpose: few ids, times and keys.
 */
const TEXT = { kind: 'string' } as const;
const COLUMNS: readonly Column[] = [
  column('id', TEXT, { keyPosition: 1, masking: { kind: 'hash' } }),
  column('part', { kind: 'long' }, { keyPosition: 2 }),
  column('amount', { kind: 'decimal', precision: 10, scale: 2 }, { cde: true }),
  column('size', { kind: 'long' }),
  column('card', TEXT, { masking: { kind: 'partial', keep: 2 } }),
  column('name', TEXT, { masking: { kind: 'redact' } }),
  column('secret', { kind: 'double' }, { masking: { kind: 'null' } }),
];
/** The envelope's key is the masked property, so its hash stands for it. */
const TOPIC: Topic = topicOf(COLUMNS, { idempotencyKeyPath: COLUMNS[0]?.path ?? null });
/** What the harness's blocks are: HMAC with 32 zero bytes. */
const KEY = Buffer.alloc(32);

const token = (...tokens: readonly string[]) => fc.constantFrom(null, ...tokens);
const payload = fc
  .record({
    id: fc.constantFrom('"a"', '"b"', '"c"'),
    part: fc.constantFrom('1', '1', '2'),
    amount: token('1', '1.50', '2', '3'),
    size: token('1', '2', '"x"', 'null'),
    card: token('"1234"', '"123"', '"12345"', '""', '5'),
    name: token('"Ada"'),
    secret: token('1.5'),
    extra: token('1', '2'),
  })
  .map((fields) => {
    const members = Object.entries(fields).flatMap(([name, value]) =>
      value === null ? [] : [`"${name}":${value}`],
    );
    return `{${members.join(',')}}`;
  });
const message: fc.Arbitrary<RawRow> = fc
  .record({
    id: fc.constantFrom('m1', 'm2', 'm10', 'mä', 'm\u{1f600}', 'm\uffff'),
    time: fc.constantFrom(1n, 2n, 3n),
    payload,
  })
  .map((row) => ({ ...row, key: keyOf(row.payload) }));
const batch = fc.array(message, { minLength: 1, maxLength: 60 });

function keyOf(text: string): string {
  return String(JSON.parse(text).id);
}

interface Run extends BatchResult {
  readonly rows: ReturnType<typeof fromEngine>;
}

function processed(model: SemanticModel, rows: readonly RawRow[]): Readonly<Record<Fate, number>> {
  const fates = model.process(
    rows.map(({ id, time, payload: text, key }) => ({
      messageId: id,
      publishTime: time,
      idempotencyKey: key ?? id,
      payload: readObject(Buffer.from(text)),
    })),
  );
  const count = (fate: Fate): number => fates.filter((one) => one === fate).length;
  return {
    inserted: count('inserted'),
    updated: count('updated'),
    duplicate: count('duplicate'),
    superseded: count('superseded'),
    stale: count('stale'),
    rejected: count('rejected'),
  };
}

/** Both batches through the plan; after each, fates and the whole table against the model. */
async function agree(first: readonly RawRow[], second: readonly RawRow[]): Promise<void> {
  const model = new SemanticModel(TOPIC, KEY);
  let before: readonly Run['upserts'][number][] = [];
  let errors: readonly string[] = [];
  for (const rows of [first, second]) {
    const target = before.length === 0 ? null : targetSql(before);
    const result = await runPlan(TOPIC, rows, target, errors);
    const { raw_rows: rawRows, ...fates } = Object.fromEntries(
      Object.entries(result.counts).map(([name, value]) => [name, Number(value)]),
    );
    assert.equal(rawRows, rows.length);
    assert.deepEqual(fates, processed(model, rows));
    const removed = new Set(result.removals.map((row) => Number(row._pos)));
    before = [...before.filter((_row, at) => !removed.has(at)), ...result.upserts];
    errors = [...errors, ...result.errors.map((row) => String(row.error_id))];
    const shown = before.map((row) => ({ ...row, _publish_time: micros(row._publish_time) }));
    assert.deepEqual(fromEngine(TOPIC, shown), fromModel(TOPIC, model.rows.values()));
  }
}

/** `1970-01-01 00:00:00.000001+00`; the times here are microseconds of the first second. */
function micros(text: unknown): string {
  return String(BigInt(/\.(\d+)/.exec(String(text))?.[1]?.padEnd(6, '0') ?? 0));
}

function targetSql(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const quoted = (value: unknown): string =>
    value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;
  const types: Readonly<Record<string, string>> = {
    part: 'BIGINT',
    amount: 'DECIMAL(10, 2)',
    size: 'BIGINT',
    secret: 'DOUBLE',
    _publish_time: 'TIMESTAMPTZ',
    _contract_version: 'INTEGER',
  };
  return rows
    .map((row, at) => {
      const cells = Object.entries(row).map(
        ([name, value]) => `${quoted(value)}::${types[name] ?? 'VARCHAR'} AS "${name}"`,
      );
      return `SELECT ${cells.join(', ')}, 'f' AS _file, ${at}::BIGINT AS _pos`;
    })
    .join(' UNION ALL ');
}

const row = (id: string, time: bigint, text: string, more: Partial<RawRow> = {}): RawRow => ({
  id,
  time,
  payload: text,
  key: keyOf(text),
  ...more,
});
const version = (more: string) => `{"id":"a","part":1,"amount":1${more}}`;

suite('versions', () => {
  test('generated batches give the fates and the table of the model', async () => {
    await fc.assert(fc.asyncProperty(batch, batch, agree), {
      numRuns: 4,
      seed: 20261124,
      endOnFailure: true,
    });
  });

  test('exact copies are equal in id, time and payload', async () => {
    const one = row('m1', 1n, version(''));
    await agree([one, one], [one, one]);
    await agree(
      [
        one,
        one,
        one,
        { ...one, time: 2n },
        { ...one, time: 2n },
        { ...one, id: 'm2' },
        row('m1', 1n, version(',"size":1')),
      ],
      [one],
    );
  });

  test('ids and times that are equal are ordered by the masked columns, NULL smallest', async () => {
    const tied = ['', ',"size":1', ',"size":2', ',"card":"9912"', ',"card":"1191"'];
    const of = (part: number, more: string) => row('m1', 1n, `{"id":"a","part":${part},"amount":1${more}}`);
    const pairs = tied.flatMap((first) => tied.map((second) => [first, second] as const));
    await agree(
      pairs.map(([first], part) => of(part, first)),
      pairs.map(([, second], part) => of(part, second)),
    );
    await agree(
      pairs.flatMap((pair, part) => pair.map((each) => of(part, each))),
      pairs.map(([first], part) => of(part, first)),
    );
    const without = (last: string) => tied.filter((each) => each !== last);
    await agree(
      tied.flatMap((last, part) => without(last).map((each) => of(part, each))),
      tied.map((last, part) => of(part, last)),
    );
  });

  test('the same finding is rejected once, in one batch and in the next', async () => {
    const bad = row('m1', 1n, '{"id":"a","part":1}');
    const padded = { ...bad, payload: '{ "id":"a","part":1}' };
    await agree([bad, padded, bad, row('m2', 9n, version(''))], [bad, row('m3', 1n, '{"id":"a","part":1}')]);
  });

  test('a newer version that is rejected replaces nothing', async () => {
    await agree(
      [row('m1', 1n, version('')), row('m2', 2n, '{"id":"a","part":1}')],
      [row('m3', 3n, '{"id":"a"}')],
    );
  });
});

suite('what tables show', () => {
  test('each mask follows its own rule', async () => {
    const cards = ['', '1', '123', '1234', '12345', 'ünïcödé'];
    // A value that breaks its gate is no value, whatever the mask.
    const broken = row('m9', 1n, '{"id":"k9","part":1,"amount":1,"card":12345,"name":77}');
    const { upserts: nothing } = await runPlan(TOPIC, [broken]);
    assert.deepEqual([nothing[0]?.card, nothing[0]?.name], [null, null]);
    const rows = cards.map((card, at) =>
      row(`m${at}`, 1n, `{"id":"k${at}","part":1,"amount":1,"card":"${card}","name":"Ada","secret":1.5}`),
    );
    const { upserts } = await runPlan(TOPIC, rows);
    const shown = [...upserts].sort((a, b) => (String(a._message_id) < String(b._message_id) ? -1 : 1));
    assert.deepEqual(
      shown.map(({ card }) => card),
      ['***', '***', '***', '***34', '***45', '***dé'],
    );
    assert.deepEqual(new Set(shown.map(({ name, secret }) => `${name} ${secret}`)), new Set(['*** null']));
    assert.ok(shown.every(({ id }) => /^[0-9a-f]{64}$/.test(String(id))));
    assert.ok(shown.every(({ id, _idempotency_key: key }) => id === key));
  });

  test('a rejected row shows masked values only', async () => {
    const text = '{"id":"k","part":true,"amount":"x","card":"12345","name":"Ada","secret":1.5}';
    const strict = { ...TOPIC, onTypeMismatch: 'reject' } as const;
    const wrong = text.replace('"12345"', '12345').replace('"Ada"', '77').replace('1.5', '"hidden"');
    const { errors } = await runPlan(strict, [row('m1', 1n, wrong)]);
    const [error] = errors;
    assert.deepEqual(JSON.parse(String(error?.masked_values)), {
      part: true,
      amount: 'x',
      card: '***45',
      name: '***',
      secret: '***',
    });
    assert.equal(
      error?.codes,
      ['TYPE_MISMATCH', 'TYPE_MISMATCH', 'TYPE_MISMATCH', 'TYPE_MISMATCH', 'TYPE_MISMATCH'].join(', '),
    );
    assert.equal(error?.paths, 'part, amount, card, name, secret');
    assert.match(String(error?.idempotency_key), /^[0-9a-f]{64}$/);
  });

  test('an inexact number counts for its own path only, and for every path if the list overflowed', async () => {
    const inexact = async (paths: string) => {
      const { errors } = await runPlan(TOPIC, [row('m1', 1n, version(''), { inexact: paths })]);
      return errors.map(({ codes, paths: where }) => `${where}: ${codes}`);
    };
    assert.deepEqual(await inexact('/amount'), ['amount: NUMBER_NOT_EXACT']);
    assert.deepEqual(await inexact('/other /amount'), ['amount: NUMBER_NOT_EXACT']);
    assert.deepEqual(await inexact('/amounts /am /x/amount'), []);
    assert.deepEqual(await inexact('/other …'), ['part, amount: NUMBER_NOT_EXACT, NUMBER_NOT_EXACT']);
  });
});
