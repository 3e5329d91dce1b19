import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyChange } from '../../src/contract/change.ts';
import { contractText, ORDER_ID, topicOf } from './sample.ts';

const property = (name: string, ...lines: readonly string[]): string =>
  [`      - name: ${name}`, ...lines.map((line) => `        ${line}`)].join('\n');
const custom = (name: string, value: string): readonly string[] => [
  'customProperties:',
  `  - {property: ${name}, value: ${value}}`,
];

/** The changes between two contracts of one more column, as `kind column effect`. */
function changes(before: string, after: string, restBefore = '', restAfter = restBefore): readonly string[] {
  const topic = (properties: string, rest: string): ReturnType<typeof topicOf> =>
    topicOf(contractText([ORDER_ID, properties].filter((part) => part !== '').join('\n'), rest));
  const found = classifyChange(topic(before, restBefore), topic(after, restAfter));
  for (const { detail } of found) assert.match(detail, /^\S.*\.$/);
  return found.map(({ kind, column, effect }) => `${kind} ${column} ${effect}`);
}

const text = (...lines: readonly string[]): string => property('a', 'logicalType: string', ...lines);
const number = (physical: string, ...lines: readonly string[]): string =>
  property(
    'a',
    `logicalType: ${/decimal|double|float/.test(physical) ? 'number' : 'integer'}`,
    `physicalType: ${physical}`,
    ...lines,
  );
const time = (...lines: readonly string[]): string => property('a', 'logicalType: timestamp', ...lines);

test('equal contracts have no changes', () => {
  assert.deepEqual(changes(text(), text()), []);
});

test('columns are added and removed', () => {
  assert.deepEqual(changes('', text()), ['added-optional a evolve']);
  assert.deepEqual(changes('', text('classification: restricted')), ['added-optional a evolve']);
  assert.deepEqual(changes('', text('required: true')), ['added-required a rebuild']);
  assert.deepEqual(changes('', text('criticalDataElement: true')), ['added-required a rebuild']);
  assert.deepEqual(changes('', text('partitioned: true', ...custom('transform', 'identity'))), [
    'added-optional a evolve',
    'partition a evolve',
  ]);
  assert.deepEqual(changes(text(), ''), ['removed a none']);
  assert.deepEqual(changes(text('required: true'), ''), ['removed-required a none']);
  assert.deepEqual(changes(text('criticalDataElement: true'), ''), ['removed-required a none']);
  assert.deepEqual(changes(text(), property('b', 'logicalType: string')), [
    'added-optional b evolve',
    'removed a none',
  ]);
});

test('types widen only as Iceberg promotes them', () => {
  const types = ['int', 'long', 'float', 'double', 'decimal(10,2)', 'decimal(12,2)', 'decimal(12,3)'];
  const widening = new Set(['int long', 'float double', 'decimal(10,2) decimal(12,2)']);
  for (const before of types) {
    for (const after of types) {
      if (before === after) continue;
      const expected = widening.has(`${before} ${after}`) ? 'widened a evolve' : 'type a rebuild';
      assert.deepEqual(changes(number(before), number(after)), [expected], `${before} → ${after}`);
    }
  }
  assert.deepEqual(changes(property('a', 'logicalType: object'), property('a', 'logicalType: array')), [
    'type a rebuild',
  ]);
});

test('a change of what rows mean needs a rebuild', () => {
  assert.deepEqual(changes(text(), text(...custom('path', 'b'))), ['path a rebuild']);
  assert.deepEqual(changes(text(), text('classification: restricted')), ['masking a rebuild']);
  assert.deepEqual(changes(text('classification: restricted'), text()), ['masking a rebuild']);
  assert.deepEqual(
    changes(text(...custom('masking', '"partial:3"')), text(...custom('masking', '"partial:4"'))),
    ['masking a rebuild'],
  );
  assert.deepEqual(changes(time(), time(...custom('epoch', 'ms'))), ['reading a rebuild']);
  assert.deepEqual(changes(time(...custom('truncate', 'true')), time()), ['reading a rebuild']);
  assert.deepEqual(changes(text(), text('required: true')), ['rule-stricter a rebuild']);
  assert.deepEqual(changes(text(), text('criticalDataElement: true')), ['rule-stricter a rebuild']);
});

test('a changed key needs a rebuild', () => {
  const second = (position: number): string =>
    property('a', 'logicalType: string', 'primaryKey: true', `primaryKeyPosition: ${position}`);
  const both = (a: number, b: number): ReturnType<typeof topicOf> =>
    topicOf(contractText(`${ORDER_ID}\n        primaryKeyPosition: ${a}\n${second(b)}`));
  const one = topicOf(contractText(`${ORDER_ID}\n${text()}`));
  const none = topicOf(contractText(text()));
  const kinds = (before: typeof one, after: typeof one): readonly string[] =>
    classifyChange(before, after).map(({ kind, effect }) => `${kind} ${effect}`);
  assert.deepEqual(kinds(one, both(1, 2)), ['key rebuild']);
  assert.deepEqual(kinds(both(1, 2), both(2, 1)), ['key rebuild']);
  assert.deepEqual(kinds(one, none), ['key rebuild', 'removed none']);
  const elsewhere = topicOf(contractText(text(), '  - {property: idempotencyKey, value: other}\n'));
  assert.deepEqual(kinds(none, elsewhere), ['key rebuild', 'intake none']);
  assert.deepEqual(changes(text(), text(), '', '  - {property: idempotencyKey, value: other}\n'), [
    'intake null none',
  ]);
});

test('rules, partitions, operation and descriptions leave the rows as they are', () => {
  assert.deepEqual(changes(text(), text('logicalTypeOptions: {minLength: 1}')), ['rule-stricter a none']);
  assert.deepEqual(changes(text('required: true'), text()), ['rule-looser a none']);
  assert.deepEqual(changes(text('required: true'), text('criticalDataElement: true')), ['rule-same a none']);
  const day = time('partitioned: true', ...custom('transform', 'day'));
  assert.deepEqual(changes(day, day.replace('value: day', 'value: month')), ['partition a evolve']);
  assert.deepEqual(changes(day, time()), ['partition a evolve']);
  assert.deepEqual(changes(text(), text('description: New words.')), ['description a none']);
  const rest = (line: string): readonly string[] => changes(text(), text(), '', `  - ${line}\n`);
  assert.deepEqual(rest('{property: acceptNumericStrings, value: true}'), ['takes-more null none']);
  assert.deepEqual(rest('{property: onTypeMismatch, value: reject}'), ['rule-stricter null none']);
  assert.deepEqual(rest('{property: compatibility, value: FULL}'), ['operation null none']);
  const b = property('b', 'logicalType: string');
  assert.deepEqual(changes(`${text()}\n${b}`, `${b}\n${text()}`), ['order null none']);
});

test('topics with equal hashes differ at most in descriptions', () => {
  const plain = topicOf(contractText(text()));
  const described = topicOf(contractText(text('description: Words.')));
  assert.equal(plain.hash, described.hash);
  assert.deepEqual(
    classifyChange(plain, described).map(({ kind }) => kind),
    ['description'],
  );
});
