import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneColumn, topicOf } from './sample.ts';

const maskingOf = (...lines: readonly string[]) =>
  topicOf(oneColumn(['logicalType: string', ...lines])).columns.find(({ name }) => name === 'it')?.masking;
const chosen = (masking: string): readonly string[] => [
  'customProperties:',
  `  - {property: masking, value: ${masking}}`,
];

test('a classification masks by hash unless the contract chooses another masking', () => {
  assert.equal(maskingOf(), null);
  for (const open of ['public', 'internal']) assert.equal(maskingOf(`classification: ${open}`), null);
  for (const personal of ['confidential', 'restricted', 'Confidential', 'RESTRICTED'])
    assert.deepEqual(maskingOf(`classification: ${personal}`), { kind: 'hash' });
  assert.deepEqual(maskingOf('classification: restricted', ...chosen('redact')), { kind: 'redact' });
});

test('every masking is read as it is written', () => {
  assert.deepEqual(maskingOf(...chosen('hash')), { kind: 'hash' });
  assert.deepEqual(maskingOf(...chosen('partial')), { kind: 'partial', keep: 4 });
  assert.deepEqual(maskingOf(...chosen('"partial:1"')), { kind: 'partial', keep: 1 });
  assert.deepEqual(maskingOf(...chosen('"partial:8"')), { kind: 'partial', keep: 8 });
  assert.deepEqual(maskingOf(...chosen('null')), { kind: 'null' });
  assert.deepEqual(maskingOf(...chosen('"null"')), { kind: 'null' });
});
