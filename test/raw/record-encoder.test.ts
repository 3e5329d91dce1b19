import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { encodeRecord, recordOf } from '../../src/raw/encoded-record.ts';
import { receive } from '../../src/raw/receive.ts';
import { RecordEncoder } from '../../src/raw/record-encoder.ts';
import { receptionOf, topicOf } from './harness.ts';

const texts = fc.string({ unit: 'grapheme', minLength: 1 });

const messages = fc.record({
  payload: fc.dictionary(
    fc.string({ unit: 'grapheme' }),
    fc.jsonValue({ depthSize: 'small', stringUnit: 'grapheme' }),
  ),
  id: texts,
  key: texts,
  period: fc.option(texts),
  version: fc.option(texts),
  number: fc.constantFrom('0', '12345678901234567890', '0.12345678901234567890', '1E400'),
  space: fc.constantFrom('', ' ', '\t', '\n', '\r\n', '\r', ' \n\n '),
  time: fc.integer({ min: -62_135_596_800_000, max: 1_714_521_600_000 }),
  isWrapped: fc.boolean(),
});

suite('a record encoded from the bytes of the message', () => {
  const topic = topicOf();

  test('has the same bytes as one made of strings, for any message and source', () => {
    let accepted = 0;
    const property = fc.property(fc.array(messages, { minLength: 1 }), texts, (batch, source) => {
      const reception = { ...receptionOf(), source };
      const encoder = new RecordEncoder('things', reception.ingestionTs);
      const records: { readonly got: Uint8Array; readonly expected: string }[] = [];
      for (const each of batch) {
        const payload = {
          ...each.payload,
          idempotency_key: each.key,
          period_reference: each.period,
          schemaVersion: each.version,
        };
        const wrapped = { messageId: each.id, publishTime: each.time, payload };
        const text = JSON.stringify(each.isWrapped ? wrapped : payload, null, 1)
          .replaceAll('\n', each.space)
          .replace(/\}$/, `,"n":${each.number}}`);
        const bytes = Buffer.from(text);
        const outcome = receive(bytes, 0, bytes.length, topic, reception);
        if (outcome.kind !== 'record') continue;
        accepted += 1;
        const expected = encodeRecord(recordOf(outcome, 'things', reception));
        records.push({ got: encoder.encode(outcome, reception), expected });
      }
      // Compared only after the last record: a record must not change when the next one is encoded.
      for (const { got, expected } of records) assert.equal(Buffer.from(got).toString(), expected);
    });
    fc.assert(property, { numRuns: 300 });
    assert.ok(accepted > 1_000, `only ${accepted} messages were accepted`);
  });
});
