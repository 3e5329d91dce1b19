import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { decodeAvroFile, encodeAvroFile } from '../../src/iceberg/avro-file.ts';

const SCHEMA = {
  type: 'record',
  name: 'row',
  fields: [
    { name: 'id', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 1 },
    { name: 'maybe', type: ['null', 'long'], default: null, 'field-id': 2 },
    { name: 'text', type: ['null', 'string'], default: null, 'field-id': 3 },
  ],
};
const SYNC = Buffer.from('0123456789abcdef');
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const rows = fc.array(
  fc.record(
    { id: long, maybe: fc.option(long), text: fc.option(fc.string({ unit: 'grapheme' })) },
    { noNullPrototype: true },
  ),
  { maxLength: 20 },
);

suite('Avro files', () => {
  test('rows and header are equal after encoding and decoding, longs exactly', () => {
    fc.assert(
      fc.property(rows, (written) => {
        const bytes = encodeAvroFile(SCHEMA, new Map([['content', 'data']]), written, SYNC);
        const file = decodeAvroFile(bytes, 'x');
        assert.deepEqual(
          file.rows.map((row) => ({ ...(row as object) })),
          written,
        );
        assert.equal(file.metadata.get('content'), 'data');
      }),
    );
  });

  test('many rows are written into several blocks', () => {
    const written = Array.from({ length: 10_000 }, (_, index) => ({
      id: BigInt(index),
      maybe: null,
      text: null,
    }));
    assert.equal(decodeAvroFile(encodeAvroFile(SCHEMA, new Map(), written, SYNC), 'x').rows.length, 10_000);
  });

  test('a file cut anywhere is damaged, unless it ends with a block', () => {
    const written = [{ id: 1n, maybe: 2n, text: 'three' }];
    const bytes = encodeAvroFile(SCHEMA, new Map(), written, SYNC);
    const header = encodeAvroFile(SCHEMA, new Map(), [], SYNC).length;
    for (let length = 0; length < bytes.length; length += 1) {
      if (length === header) continue;
      assert.throws(() => decodeAvroFile(bytes.subarray(0, length), 'x'), { code: 'METADATA_INVALID_FILE' });
    }
  });

  test('a flipped byte in a block is an error or leaves the row count unchanged', () => {
    const written = Array.from({ length: 50 }, (_, index) => ({
      id: BigInt(index),
      maybe: null,
      text: `t${index}`,
    }));
    const bytes = encodeAvroFile(SCHEMA, new Map(), written, SYNC);
    const damaged = Uint8Array.from(bytes);
    damaged.fill(0xff, bytes.length - 60, bytes.length - 30);
    assert.throws(() => decodeAvroFile(damaged, 'x'), { code: 'METADATA_INVALID_FILE' });
  });

  test('the codecs of Spark and PyIceberg are read, others are refused', () => {
    const bytes = Buffer.from(encodeAvroFile(SCHEMA, new Map(), [], SYNC));
    const renamed = (codec: string) =>
      Buffer.from(bytes.toString('latin1').replace('deflate', codec), 'latin1');
    assert.equal(decodeAvroFile(renamed('deflate'), 'x').rows.length, 0);
    assert.ok(zlib.zstdCompressSync(Buffer.alloc(1)).length > 0);
    const withRow = Buffer.from(
      encodeAvroFile(SCHEMA, new Map(), [{ id: 1n, maybe: null, text: null }], SYNC),
    );
    const strange = Buffer.from(withRow.toString('latin1').replace('deflate', 'strange'), 'latin1');
    assert.throws(() => decodeAvroFile(strange, 'x'), { code: 'TABLE_UNSUPPORTED' });
  });
});
