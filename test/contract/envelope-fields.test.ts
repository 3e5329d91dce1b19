import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedEnvelopeFields } from '../../src/contract/envelope-fields.ts';
import { contractText, topicOf } from './sample.ts';

function fields(name: string, envelope: string, idempotencyKey?: string): readonly string[] {
  const rest =
    idempotencyKey === undefined ? '' : `  - {property: idempotencyKey, value: '${idempotencyKey}'}\n`;
  const property = `      - name: it\n        logicalType: string\n        classification: restricted\n        customProperties:\n          - {property: path, value: '${name}'}`;
  const topic = topicOf(contractText(property, rest).replace('value: bare', `value: ${envelope}`));
  return maskedEnvelopeFields(topic).map(({ field, column }) => `${field} ${column.name}`);
}

test('a masked column is found through every envelope that may lead to it', () => {
  assert.deepEqual(fields('mail', 'bare', 'mail'), ['idempotencyKey it']);
  assert.deepEqual(fields('mail', 'bare', 'data.mail'), []);
  assert.deepEqual(fields('mail', 'cloudevents', 'data.mail'), ['idempotencyKey it']);
  assert.deepEqual(fields('mail', 'cloudevents', 'mail'), []);
  assert.deepEqual(fields('mail', 'eventbridge', 'detail.mail'), ['idempotencyKey it']);
  assert.deepEqual(fields('mail', 'wrapped', 'payload.mail'), ['idempotencyKey it']);
  for (const path of ['mail', 'data.mail', 'detail.mail', 'payload.mail']) {
    assert.deepEqual(fields('mail', 'auto', path), ['idempotencyKey it'], path);
    assert.deepEqual(fields('mail', 'sns', path), ['idempotencyKey it'], path);
  }
});

test('ingest finds these places without a path in the contract', () => {
  assert.deepEqual(fields('_metadata.idempotencyKeyResource', 'cloudevents'), ['idempotencyKey it']);
  assert.deepEqual(fields('idempotency_key', 'bare'), ['idempotencyKey it']);
  assert.deepEqual(fields('idempotency_key', 'bare', 'other'), []);
  assert.deepEqual(fields('period_reference', 'bare'), ['periodReference it']);
  assert.deepEqual(fields('_metadata.correlationId', 'bare'), ['correlationId it']);
});
