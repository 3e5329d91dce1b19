import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QualityRule } from '../../src/contract/model.ts';
import { rejectsRows } from '../../src/contract/rejects-rows.ts';
import { errorsOf, load, oneColumn, topicOf } from './sample.ts';

/** The column `it` with these rules, and the table rules that they made. */
function read(type: string, ...rules: readonly string[]) {
  const topic = topicOf(
    oneColumn([`logicalType: ${type}`, 'quality:', ...rules.map((rule) => `  - ${rule}`)]),
  );
  const column = topic.columns[1] ?? assert.fail('two columns');
  return { topic, column, rules: topic.rules };
}

const plain: Omit<QualityRule, 'name' | 'metric' | 'bound'> = {
  columns: ['it'],
  gates: [],
  nulls: false,
  unit: 'rows',
  severity: 'error',
};

test('mustBe: 0 with severity error applies to each row: it becomes a gate or requires a value', () => {
  for (const more of ['', ', severity: error', ', unit: percent', ', name: x']) {
    const nulls = read('string', `{metric: nullValues, mustBe: 0${more}}`);
    assert.deepEqual([nulls.column.required, nulls.column.gates, nulls.rules], [true, [], []]);
    const missing = read(
      'string',
      `{metric: missingValues, mustBe: 0${more}, arguments: {missingValues: [null, '', n/a]}}`,
    );
    assert.deepEqual(missing.column.gates, [{ kind: 'missingValues', values: ['', 'n/a'] }]);
    assert.deepEqual([missing.column.required, missing.rules], [true, []]);
    const invalid = read('integer', `{metric: nullValues, mustBeLessThan: 3, severity: info}`);
    assert.equal(invalid.column.required, false);
  }
  const only = read('integer', `{metric: missingValues, mustBe: 0, arguments: {missingValues: [-1]}}`);
  assert.deepEqual(only.column.gates, [{ kind: 'missingValues', values: ['-1'] }]);
  assert.equal(only.column.required, false);
});

test('a row rule rejects rows, an option of the type only empties the column', () => {
  const { topic, column } = read(
    'string',
    `{metric: invalidValues, mustBe: 0, arguments: {validValues: [a]}}`,
  );
  assert.equal(rejectsRows(column, topic), true);
  const option = topicOf(oneColumn(['logicalType: string', 'logicalTypeOptions: {pattern: a}']));
  assert.equal(rejectsRows(option.columns[1] ?? assert.fail('two columns'), option), false);
});

test('any other bound or severity applies to the table', () => {
  const { column, rules } = read(
    'string',
    `{metric: nullValues, mustBe: 0, severity: warning}`,
    `{metric: nullValues, name: few, mustBeLessOrEqualTo: 2.50, unit: percent}`,
    `{metric: missingValues, id: gone, mustBeBetween: [1, 20], arguments: {missingValues: [null, x]}, severity: info}`,
    `{metric: invalidValues, mustNotBe: 7, arguments: {pattern: '^a+$', validValues: [a]}}`,
    `{metric: duplicateValues, mustBe: 0}`,
  );
  assert.deepEqual([column.required, column.gates], [false, []]);
  assert.deepEqual(rules, [
    {
      ...plain,
      name: 'nullValues of it',
      metric: 'nullValues',
      bound: { operator: 'equal', value: '0' },
      severity: 'warning',
    },
    {
      ...plain,
      name: 'few',
      metric: 'nullValues',
      bound: { operator: 'atMost', value: '2.5' },
      unit: 'percent',
    },
    {
      ...plain,
      name: 'gone',
      metric: 'missingValues',
      gates: [{ kind: 'missingValues', values: ['x'] }],
      nulls: true,
      bound: { operator: 'between', low: '1', high: '20' },
      severity: 'info',
    },
    {
      ...plain,
      name: 'invalidValues of it',
      metric: 'invalidValues',
      gates: [
        { kind: 'validValues', values: ['a'] },
        { kind: 'validPattern', pattern: 'a+' },
      ],
      bound: { operator: 'notEqual', value: '7' },
    },
    {
      ...plain,
      name: 'duplicateValues of it',
      metric: 'duplicateValues',
      bound: { operator: 'equal', value: '0' },
    },
  ]);
});

test('rules of the table come first, and a text rule is documentation', () => {
  const yaml = oneColumn([
    'logicalType: string',
    'quality: [{metric: nullValues, mustBeLessThan: 9}]',
  ]).replace(
    '- name: orders\n',
    `- name: orders
    quality:
      - {type: text, description: orders are fun}
      - {metric: rowCount, mustBeGreaterThan: 10}
      - {metric: duplicateValues, mustBe: 0, arguments: {properties: [order_id, it]}}
`,
  );
  assert.deepEqual(
    topicOf(yaml).rules.map(({ name, columns }) => [name, columns]),
    [
      ['rowCount', []],
      ['duplicateValues of order_id, it', ['order_id', 'it']],
      ['nullValues of it', ['it']],
    ],
  );
});

test('a changed table rule is a new version that the table need not follow', () => {
  const hash = (bound: number) => {
    const loaded = load(
      oneColumn(['logicalType: string', `quality: [{metric: nullValues, mustBeLessThan: ${bound}}]`]),
    );
    return loaded.ok ? loaded.topic.hash : assert.fail();
  };
  assert.notEqual(hash(1), hash(2));
});

test('the number of rules is limited to what a batch can measure', () => {
  const rules = Array.from({ length: 101 }, (_, i) => `{metric: nullValues, name: r${i}, mustBeLessThan: 5}`);
  const yaml = (count: number): string =>
    oneColumn(['logicalType: string', 'quality:', ...rules.slice(0, count).map((rule) => `  - ${rule}`)]);
  assert.deepEqual(errorsOf(yaml(100)), []);
  assert.match(errorsOf(yaml(101))[0]?.problem ?? '', /more than 100 rules/);
});
