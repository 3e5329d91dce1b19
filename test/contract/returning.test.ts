import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Topic } from '../../src/contract/model.ts';
import { returningChanges } from '../../src/contract/returning.ts';
import { contractText, ORDER_ID, topicOf } from './sample.ts';

const topic = (...columns: readonly string[]): Topic => {
  const lines = columns.map((column) => `      - {name: a, ${column}}`);
  return topicOf(contractText([ORDER_ID, ...lines].join('\n')));
};
const NONE = topic();
const TEXT = topic('logicalType: string');
const MASKED = topic('logicalType: string, classification: restricted');
const INT = topic('logicalType: integer, physicalType: int');
const LONG = topic('logicalType: integer');

const kinds = (history: readonly Topic[], next: Topic): readonly string[] =>
  returningChanges(history, next).map(({ kind, column }) => `${kind} ${column}`);

test('a column that returns must fit the column that the table kept', () => {
  assert.deepEqual(kinds([TEXT, NONE], TEXT), []);
  assert.deepEqual(kinds([TEXT, NONE], LONG), ['type a']);
  assert.deepEqual(kinds([MASKED, NONE], TEXT), ['masking a']);
  assert.deepEqual(kinds([INT, NONE], LONG), []);
  assert.deepEqual(kinds([LONG, NONE], INT), ['type a']);
});

test('its last form counts, and only if it was removed', () => {
  assert.deepEqual(kinds([TEXT, NONE, LONG, NONE], LONG), []);
  assert.deepEqual(kinds([LONG, NONE, TEXT, NONE, NONE], LONG), ['type a']);
  assert.deepEqual(kinds([TEXT], LONG), []);
  assert.deepEqual(kinds([NONE], LONG), []);
  assert.deepEqual(kinds([], LONG), []);
});
