import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Distinct } from '../../src/contract/distinct.ts';
import { ContractInference, renderProposal } from '../../src/contract/infer.ts';
import type { Column, Topic } from '../../src/contract/model.ts';
import { reportOf } from '../../src/contract/proposal-report.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { describe, load } from './sample.ts';

function inferContract(topic: string, samples: readonly unknown[]): string {
  const inference = new ContractInference();
  for (const sample of samples) inference.add(sample);
  return renderProposal(inference.propose(topic));
}

function proposed(samples: readonly unknown[]): {
  readonly text: string;
  readonly topic: Topic;
  column(name: string): Column | undefined;
} {
  const text = inferContract('orders', samples);
  const loaded = load(text);
  if (!loaded.ok) assert.fail(`${describe(loaded.problems)}\n${text}`);
  return {
    text,
    topic: loaded.topic,
    column: (name) => loaded.topic.columns.find((one) => one.name === name),
  };
}

const many = (make: (i: number) => object): readonly object[] =>
  Array.from({ length: 20 }, (_, i) => make(i));

test('types are inferred from all values', () => {
  const { column } = proposed(
    many((i) => ({
      id: i,
      ratio: i % 2 === 0 ? 1 : 1.5,
      amount: i / 4,
      flag: true,
      day: '2024-02-29',
      updatedAt: '2024-02-29T00:00:00.123Z',
      precise: '2024-02-29T00:00:00.123456789+01:00',
      seen_at: 1_700_000_000 + i,
      placed_at: 1_700_000_000_000 + i,
      no_day: '2023-02-29',
      leap: '2016-12-31T23:59:60Z',
      list: [1],
      empty: {},
      mixed: i === 3 ? 'x' : i,
      huge: 1e300,
      nothing: null,
    })),
  );
  const kinds = {
    id: 'long',
    ratio: 'double',
    amount: 'decimal',
    flag: 'boolean',
    day: 'date',
    updated_at: 'timestamptz',
    precise: 'timestamptz',
    seen_at: 'timestamptz',
    placed_at: 'timestamptz',
    no_day: 'string',
    leap: 'string',
    list: 'json',
    empty: 'json',
    mixed: 'long',
    huge: 'double',
    nothing: 'string',
  };
  for (const [name, kind] of Object.entries(kinds)) assert.equal(column(name)?.type.kind, kind, name);
  assert.deepEqual(column('amount')?.type, { kind: 'decimal', precision: 18, scale: 2 }, 'digits of money');
  assert.equal(column('seen_at')?.epoch, 's');
  assert.equal(column('placed_at')?.epoch, 'ms');
  assert.equal(column('precise')?.truncate, true);
  assert.equal(column('updated_at')?.truncate, false);
  assert.equal(column('id')?.keyPosition, 1);
  assert.equal(column('nothing')?.required, false);
  assert.equal(column('flag')?.required, true);
});

test('comments mark sure and guessed parts, and contain no value', () => {
  const { text } = proposed(
    many((i) => ({
      id: `secret-${i}`,
      mixed: i === 1 ? 'hidden' : i,
      state: i % 2 === 0 ? 'opened' : 'closed',
      mail: `canary${i}@example.org`,
    })),
  );
  assert.match(text, /logicalType: string {2}# sure: text in all 20 values/);
  assert.match(text, /# guessed: mixed: 19 integer, 1 string/);
  assert.match(text, /primaryKey: true {2}# guessed: by name, and different in all 20 samples/);
  assert.match(text, /# only 2 different values/);
  for (const value of ['secret', 'hidden', 'opened', 'canary']) assert.ok(!text.includes(value), value);
});

test('personal data is proposed to be masked', () => {
  const { column } = proposed(
    many((i) => ({
      order_id: `o${i}`,
      contact: `a${i}@example.org`,
      call: '+49 151 2345678',
      account: 'DE89 3704 0044 0532 0130 00',
      pay: '4111 1111 1111 1111',
      phone: 4915112345,
      firstName: 'x',
      customer: { name: 'x', address: 'y', tags: ['z@example.org'] },
      event_name: 'x',
      number: `${4_111_111_111_111_111 + i}`,
      email_verified: true,
      birth_date: '1990-01-01',
    })),
  );
  for (const name of ['contact', 'call', 'account', 'pay', 'first_name', 'customer_name', 'customer_address'])
    assert.deepEqual(column(name)?.masking, { kind: 'hash' }, name);
  for (const name of ['phone', 'customer_tags', 'birth_date'])
    assert.deepEqual(column(name)?.masking, { kind: 'null' }, name);
  for (const name of ['event_name', 'number', 'email_verified', 'order_id'])
    assert.equal(column(name)?.masking, null, name);
});

test('keys, times and envelopes are found', () => {
  const bare = proposed(
    many((i) => ({
      number: i,
      order_id: `o${i}`,
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-01-01T00:00:00Z',
    })),
  ).topic;
  assert.deepEqual(bare.key, ['order_id']);
  assert.deepEqual(bare.publishTimePath, [{ kind: 'key', key: 'updated_at' }]);
  assert.deepEqual(bare.idempotencyKeyPath, [{ kind: 'key', key: 'order_id' }]);
  assert.equal(bare.envelope, 'bare');

  const payload = (i: number): object => ({ id: i, idempotency_key: `k${i}` });
  const envelopes: Readonly<Record<string, (i: number) => object>> = {
    cloudevents: (i) => ({ specversion: '1.0', id: `${i}`, source: 's', type: 't', data: payload(i) }),
    eventbridge: (i) => ({ 'detail-type': 't', source: 's', detail: payload(i) }),
    wrapped: (i) => ({ messageId: `${i}`, payload: payload(i) }),
    sns: (i) => ({ Type: 'Notification', TopicArn: 'a', Message: JSON.stringify(payload(i)) }),
  };
  for (const [kind, wrap] of Object.entries(envelopes)) {
    const { topic } = proposed(many(wrap));
    assert.equal(topic.envelope, kind);
    assert.deepEqual(
      topic.columns.map(({ name }) => name),
      ['id', 'idempotency_key'],
      kind,
    );
    assert.equal(topic.idempotencyKeyPath, null, kind);
  }
  const inside = proposed(many((i) => ({ messageId: `${i}`, payload: { id: i } }))).topic;
  assert.deepEqual(inside.idempotencyKeyPath, [
    { kind: 'key', key: 'payload' },
    { kind: 'key', key: 'id' },
  ]);
});

test('an id that repeats is not a key', () => {
  assert.deepEqual(proposed(many((i) => ({ order_id: `o${i % 19}`, x: 1 }))).topic.key, []);
});

test('a name that is not a column name gets one of its own', () => {
  const { topic } = proposed([
    {
      'a b': 1,
      a_b: 2,
      aB: 3,
      ä: 4,
      _metadata: { correlationId: 'c' },
      'x.y': { 'z"': 5 },
      '\u0001': 6,
      '': 7,
      ' ': 8,
      true: 9,
      __proto_: 1,
    },
  ]);
  assert.deepEqual(
    topic.columns.map(({ name }) => name),
    ['a_b', 'a_b_2', 'a_b_3', 'column', 'metadata_correlation_id', 'x_y_z', 'true', 'proto'],
  );
  assert.deepEqual(topic.columns.find(({ name }) => name === 'x_y_z')?.path, [
    { kind: 'key', key: 'x.y' },
    { kind: 'key', key: 'z"' },
  ]);
});

test('samples without a usable member are refused', () => {
  for (const samples of [[], [1, 'a', null, []], [{}], [{ '': 1 }]]) {
    assert.throws(
      () => inferContract('orders', samples),
      (error: unknown) => error instanceof LeanOpsError && error.code === 'USAGE',
    );
  }
  assert.throws(() => inferContract('Orders', [{ a: 1 }]), LeanOpsError);
  assert.throws(() => inferContract('orders_drift', [{ a: 1 }]), LeanOpsError);
});

test('for any samples, the proposal loads, and a second run returns the same proposal', () => {
  const key = fc.oneof(
    fc.constantFrom(
      'id',
      'email',
      'phone',
      'updated_at',
      'customer',
      'name',
      '_metadata',
      'idempotencyKeyResource',
      'idempotency_key',
      'correlation_id',
      'schemaVersion',
      'period_reference',
      'payload',
      'messageId',
      'amount',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 6 }),
    fc.constantFrom(
      'a@b.de',
      '2024-01-01',
      '2024-01-01T00:00:00Z',
      4_111_111_111_111_111,
      1_700_000_000_000,
      '+49 151 2345678',
    ),
  );
  const { object } = fc.letrec<{ object: object; value: unknown }>((tie) => ({
    object: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
  }));
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 12 }), (samples) => {
      const messages = samples.map((sample) => ({ x: 1, ...sample }));
      const { text } = proposed(messages);
      assert.equal(inferContract('orders', messages), text);
    }),
    { numRuns: 200 },
  );
});

test('a wrong check digit is not personal data, nor is an IBAN with a wrong sum', () => {
  const { column } = proposed(
    many(() => ({
      account: 'DE88 3704 0044 0532 0130 00',
      other: 'GB82 WEST 1234 5698 7654 32',
      pay: '4111 1111 1111 1112',
    })),
  );
  assert.equal(column('account')?.masking, null);
  assert.deepEqual(column('other')?.masking, { kind: 'hash' });
  assert.equal(column('pay')?.masking, null);
});

test('the report marks each column as sure or guessed, and contains no value', () => {
  const inference = new ContractInference();
  assert.equal(inference.add([1]), false);
  for (const sample of many((i) => ({
    id: `secret-${i}`,
    other_id: i,
    state: i % 2 === 0 ? 'opened' : 'closed',
    mail: `canary${i}@example.org`,
    price: i < 3 ? null : i + 0.25,
  })))
    assert.equal(inference.add(sample), true);
  const report = reportOf(inference.propose('orders'));
  const found = Object.fromEntries(report.columns.map((each) => [each.column, each]));
  assert.deepEqual([report.envelope, report.key, report.publishTime], ['bare', 'id', null]);
  assert.deepEqual(
    [found.id?.keyCandidate, found.other_id?.keyCandidate, found.state?.keyCandidate],
    [true, true, false],
  );
  assert.deepEqual([found.state?.fewValues, found.id?.fewValues], [2, null]);
  assert.deepEqual([found.mail?.masking, found.mail?.personal], ['hash', 'looks like an e-mail address']);
  assert.deepEqual(
    [found.price?.sure, found.price?.physicalType, found.price?.filled],
    [false, 'decimal(18,2)', 17],
  );
  assert.doesNotMatch(JSON.stringify(report), /secret|canary|opened|closed/);
});

test('memory does not grow with the samples: facts that are no longer known become guesses', () => {
  const budget = { hashes: 100 };
  const ids = new Distinct();
  for (let i = 0; i < 100; i += 1) ids.add(`${i}`, budget);
  assert.deepEqual([ids.allDiffer, budget.hashes, ids.few], [true, 0, null]);
  ids.add('one more', budget);
  assert.deepEqual([ids.allDiffer, budget.hashes], ['unknown', 100]);
  const repeated = new Distinct();
  for (const text of ['a', 'b', 'a', 'c']) repeated.add(text, budget);
  assert.deepEqual([repeated.allDiffer, budget.hashes, repeated.few?.size], [false, 100, 3]);

  const keys = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, { a: 1, b: 2 }]));
  const { text, topic } = proposed([{ id: 1, ...keys }]);
  assert.ok(topic.columns.length <= 500);
  assert.match(text, /too many different keys/);
});
