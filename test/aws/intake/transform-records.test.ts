import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MAX_ANSWER_BYTES, transformRecords } from '../../../src/aws/intake/transform-records.ts';
import { encodeRecord } from '../../../src/raw/encoded-record.ts';
import type { RawRecord } from '../../../src/raw/record.ts';
import { topicOf } from '../../raw/harness.ts';

const TOPICS = new Map([['things', topicOf()]]);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const row = (parts: Partial<RawRecord> = {}): string =>
  encodeRecord({
    topicName: 'things',
    messageId: 'm1',
    idempotencyKey: 'k1',
    periodReference: null,
    correlationId: null,
    publishTime: 1_700_000_000_000_000n,
    publishTimeOrigin: 'message',
    ingestionTs: 1_700_000_000_000_001n,
    source: 's1',
    schemaVersion: null,
    envelopeJson: null,
    jsonPayload: '{"ä": "\\u0000", "n": 0.1234567890123456789}',
    inexactNumberPaths: null,
    payloadShape: '0123456789abcdef',
    ...parts,
  });

const transform = (texts: readonly string[]) =>
  transformRecords(
    texts.map((text, index) => ({ recordId: `r${index}`, data: base64(text) })),
    TOPICS,
    'lean_ops_test_raw',
  );

suite('the transformation of a stream', () => {
  test('routes a row to its table, and keeps its bytes', () => {
    const { records, faults } = transform([row()]);
    assert.deepEqual(faults, []);
    assert.deepEqual(records, [
      {
        recordId: 'r0',
        result: 'Ok',
        data: base64(row()),
        metadata: {
          otfMetadata: {
            destinationDatabaseName: 'lean_ops_test_raw',
            destinationTableName: 'things',
            operation: 'insert',
          },
        },
      },
    ]);
  });

  test('drops nothing: a record without a table is ProcessingFailed with its data, in its place', () => {
    const bad = [
      ['', 'not JSON'],
      ['{"topic_name":"things"', 'not JSON'],
      ['null', 'not JSON'],
      ['[]', 'not a row of RAW'],
      ['{}', 'not a row of RAW'],
      [row().replace('"message_id":"m1"', '"message_id":1'), 'not a row of RAW'],
      [row().replace('"message_id":"m1",', ''), 'not a row of RAW'],
      [row().replace(/"publish_time":\d+/, '"publish_time":"2024-01-01T00:00:00Z"'), 'not a row of RAW'],
      [row({ topicName: 'elsewhere' }), 'unknown topic'],
      [row({ topicName: '__proto__' }), 'unknown topic'],
    ] as const;
    const texts = bad.flatMap(([text]) => [row(), text]);
    const { records, faults } = transform(texts);
    assert.deepEqual(
      records.map(({ recordId }) => recordId),
      texts.map((_, index) => `r${index}`),
    );
    assert.deepEqual(
      records.map(({ result }) => result),
      bad.flatMap(() => ['Ok', 'ProcessingFailed']),
    );
    assert.deepEqual(
      records.map(({ data }) => data),
      texts.map(base64),
    );
    assert.deepEqual(
      faults,
      bad.map(([, fault]) => fault),
    );
  });

  test('never answers more than a function may, and still names every record', () => {
    for (const [size, number] of [
      [300_000, 30],
      [10, 20_000],
    ] as const) {
      const text = row({ jsonPayload: JSON.stringify({ x: 'x'.repeat(size) }) });
      const { records, faults } = transform(Array.from({ length: number }, () => text));
      assert.equal(records.length, number);
      assert.ok(Buffer.byteLength(JSON.stringify({ records })) <= MAX_ANSWER_BYTES);
      assert.ok(faults.length > 0 && faults.every((fault) => fault === 'no room in the answer'));
      assert.equal(records.filter(({ result }) => result === 'ProcessingFailed').length, faults.length);
    }
  });
});
