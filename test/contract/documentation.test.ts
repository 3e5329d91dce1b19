import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Column, Gate, Masking, PathSegment } from '../../src/contract/model.ts';
import { describe, load } from './sample.ts';

const DOCUMENT = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8');
const EXAMPLE = /```yaml\n(apiVersion[\s\S]*?)```/.exec(DOCUMENT)?.[1] ?? '';

const key = (name: string): PathSegment => ({ kind: 'key', key: name });

function column(
  name: string,
  type: Column['type'],
  path: readonly PathSegment[],
  rest: Partial<Column> = {},
): Column {
  const displayPath =
    rest.displayPath ?? path.map((segment) => (segment.kind === 'key' ? segment.key : '')).join('.');
  const plain = {
    required: false,
    cde: false,
    keyPosition: null,
    masking: null,
    gates: [] as readonly Gate[],
    epoch: null,
    truncate: false,
    partition: null,
    description: null,
  };
  return { name, type, path, ...plain, ...rest, displayPath };
}

const customer = (name: string, type: Column['type'], masking: Masking): Column =>
  column(`customer_${name}`, type, [key('customer'), key(name)], { masking });

test('the example of the contract reference loads as this topic', () => {
  const loaded = load(EXAMPLE, 'web_orders.odcs.yaml');
  assert.ok(loaded.ok, loaded.ok ? '' : describe(loaded.problems));
  assert.deepEqual(loaded.warnings, []);
  const { columns, hash, ...topic } = loaded.topic;
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(topic, {
    topic: 'web_orders',
    contractVersion: '1.2.0',
    key: ['order_id'],
    envelope: 'bare',
    idempotencyKeyPath: [key('orderId')],
    publishTimePath: [key('updated_at')],
    acceptNumericStrings: true,
    onTypeMismatch: 'reject',
    compatibility: 'FULL',
    freshness: { warnSeconds: 3_600, lateSeconds: 7_200 },
    driftMuted: [],
    rules: [],
    retentionSeconds: 34_560_000,
    description: 'Orders placed in the web shop. One row per order, in its newest version.',
  });
  const string = { kind: 'string' } as const;
  const values = ['placed', 'paid', 'shipped', 'cancelled'];
  assert.deepEqual(columns, [
    column('order_id', string, [key('orderId')], {
      keyPosition: 1,
      gates: [{ kind: 'pattern', pattern: 'O-\\d{6,10}' }],
    }),
    column('status', string, [key('status')], { required: true, gates: [{ kind: 'validValues', values }] }),
    column('total', { kind: 'decimal', precision: 12, scale: 2 }, [key('total')], {
      cde: true,
      gates: [{ kind: 'minimum', bound: '0', exclusive: false }],
    }),
    column('lines', { kind: 'json', of: 'array' }, [key('lines')], { description: 'Kept as JSON text.' }),
    column('line_count', { kind: 'int' }, [key('line_count')], {
      gates: [
        { kind: 'minimum', bound: '1', exclusive: false },
        { kind: 'maximum', bound: '1000', exclusive: false },
      ],
    }),
    column('first_sku', string, [key('lines'), { kind: 'index', index: 0 }, key('sku')], {
      displayPath: 'lines[0].sku',
    }),
    column('gift', { kind: 'boolean' }, [key('gift')]),
    column('delivery_date', { kind: 'date' }, [key('delivery_date')]),
    column('placed_at', { kind: 'timestamptz' }, [key('placed_at')], {
      epoch: 'ms',
      partition: { kind: 'day' },
    }),
    column('updated_at', { kind: 'timestamptz' }, [key('updated_at')], { required: true, truncate: true }),
    customer('email', string, { kind: 'hash' }),
    customer('phone', string, { kind: 'partial', keep: 3 }),
    customer('iban', string, { kind: 'redact' }),
    customer('birth_year', { kind: 'long' }, { kind: 'null' }),
    column('customer_address_country', string, [key('customer'), key('address'), key('country')], {
      gates: [
        { kind: 'minLength', length: 2 },
        { kind: 'maxLength', length: 2 },
      ],
    }),
  ]);
});

test('a loaded topic is frozen to its leaves', () => {
  const loaded = load(EXAMPLE, 'web_orders.odcs.yaml');
  assert.ok(loaded.ok);
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen));
  assert.ok(frozen(loaded.topic));
});

test('comments, the order of keys and descriptions do not change the hash', () => {
  const hash = (text: string): string => {
    const loaded = load(text, 'web_orders.odcs.yaml');
    assert.ok(loaded.ok, loaded.ok ? '' : describe(loaded.problems));
    return loaded.topic.hash;
  };
  const same = EXAMPLE.replace('kind: DataContract\n', '')
    .replace('status: active', '# so it is\nstatus: active\nkind: DataContract')
    .replace('Kept as JSON text.', 'Other words.')
    .replace('purpose: Orders', 'purpose: The orders');
  assert.equal(hash(same), hash(EXAMPLE));
  for (const [from, to] of [
    ['epoch\n            value: ms', 'epoch\n            value: s'],
    ['partial:3', 'partial:2'],
    ['minimum: 0', 'minimum: 1'],
    ['1.2.0', '1.2.1'],
  ] as const) {
    assert.ok(EXAMPLE.includes(from));
    assert.notEqual(hash(EXAMPLE.replace(from, to)), hash(EXAMPLE), to);
  }
});

test('the reference names every known custom property', async () => {
  const { PROPERTY_CUSTOM, ROOT_CUSTOM } = await import('../../src/contract/vocabulary.ts');
  for (const name of [...PROPERTY_CUSTOM, ...ROOT_CUSTOM]) assert.ok(DOCUMENT.includes(`\`${name}\``), name);
});
