import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  MAX_REQUEST_BYTES,
  MAX_REQUEST_RECORDS,
  splitRecords,
} from '../../../src/aws/intake/split-records.ts';
import { MAX_RECORD_BYTES } from '../../../src/raw/record.ts';

const sized = (size: number) => ({ data: new Uint8Array(size) });

suite('requests of PutRecordBatch', () => {
  test('contain every record once, in order, within all limits, and are as few as possible', () => {
    const sizes = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
      { weight: 2, arbitrary: fc.integer({ min: 100_000, max: MAX_RECORD_BYTES }) },
      { weight: 1, arbitrary: fc.constant(MAX_RECORD_BYTES) },
    );
    const property = fc.property(fc.array(sizes, { maxLength: 1_200, size: 'max' }), (all) => {
      const records = all.map((size) => ({ data: { byteLength: size } as Uint8Array }));
      const requests = splitRecords(records);
      assert.deepEqual(requests.flat(), records);
      const bytes = requests.map((request) => request.reduce((sum, { data }) => sum + data.byteLength, 0));
      for (const [index, request] of requests.entries()) {
        assert.ok(request.length >= 1 && request.length <= MAX_REQUEST_RECORDS);
        assert.ok((bytes[index] ?? 0) <= MAX_REQUEST_BYTES);
        const next = requests[index + 1]?.[0];
        if (next === undefined) continue;
        const fits = (bytes[index] ?? 0) + next.data.byteLength <= MAX_REQUEST_BYTES;
        assert.ok(request.length === MAX_REQUEST_RECORDS || !fits);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('at the very limits', () => {
    assert.deepEqual(splitRecords([]), []);
    const lengths = (records: readonly { readonly data: Uint8Array }[]) =>
      splitRecords(records).map((request) => request.length);
    assert.deepEqual(lengths(Array.from({ length: 501 }, () => sized(1))), [500, 1]);
    assert.deepEqual(lengths(Array.from({ length: 5 }, () => sized(MAX_RECORD_BYTES))), [4, 1]);
    assert.throws(() => splitRecords([sized(MAX_RECORD_BYTES + 1)]), /INTERNAL/);
  });
});
