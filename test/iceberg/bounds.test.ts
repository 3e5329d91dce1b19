import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  bigEndian,
  compareValues,
  decodeBound,
  encodeBound,
  truncateLower,
  truncateUpper,
} from '../../src/iceberg/bounds.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8');

suite('bounds', () => {
  test('the serialisation of single values in the specification', () => {
    assert.deepEqual([...encodeBound('int', 34)], [34, 0, 0, 0]);
    assert.deepEqual([...encodeBound('long', -1n)], Array(8).fill(255));
    assert.deepEqual([...encodeBound('boolean', true)], [1]);
    assert.deepEqual([...encodeBound('decimal(9, 2)', 1420n)], [0x05, 0x8c]);
    assert.deepEqual([...encodeBound('decimal(9, 2)', -1n)], [0xff]);
    assert.deepEqual([...encodeBound('string', 'ü')], [0xc3, 0xbc]);
    assert.deepEqual([...encodeBound('float', -0)], [0, 0, 0, 0x80]);
  });

  test('a value is equal after encoding and decoding', () => {
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const kinds: [string, fc.Arbitrary<string | number | bigint | boolean>][] = [
      ['long', long],
      ['timestamptz', long],
      ['int', fc.integer()],
      ['date', fc.integer()],
      ['double', fc.double({ noNaN: true })],
      ['float', fc.float({ noNaN: true })],
      ['decimal(38, 9)', fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n })],
      ['boolean', fc.boolean()],
      ['string', fc.string({ unit: 'binary' })],
    ];
    for (const [type, values] of kinds) {
      fc.assert(
        fc.property(values, (value) => assert.deepEqual(decodeBound(type, encodeBound(type, value)), value)),
      );
    }
  });

  test('a decimal has the fewest bytes that keep its sign', () => {
    for (const [value, length] of [
      [0n, 1],
      [127n, 1],
      [128n, 2],
      [-128n, 1],
      [-129n, 2],
      [255n, 2],
    ] as const) {
      assert.equal(bigEndian(value).length, length, String(value));
    }
  });

  test('the bound of a column that was promoted from int to long is read', () => {
    assert.equal(decodeBound('long', encodeBound('int', -7)), -7n);
    assert.equal(decodeBound('double', encodeBound('float', 1.5)), 1.5);
  });

  test('cut bounds enclose every text by its UTF-8 bytes, and have 16 code points at most', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('a', '\u{10ffff}', '\ud7ff', '\uffff', '😀'), maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const lower = truncateLower(value);
        const upper = truncateUpper(value);
        assert.ok(Buffer.compare(bytes(lower), bytes(value)) <= 0);
        assert.ok([...lower].length <= 16);
        if (upper === null) return assert.match(value, /^\u{10ffff}{16}/u);
        assert.ok(Buffer.compare(bytes(upper), bytes(value)) >= 0);
        assert.ok([...upper].length <= 16);
        return undefined;
      }),
      { numRuns: 500 },
    );
  });

  test('the code point after U+D7FF is U+E000, because surrogates are skipped', () => {
    assert.equal(truncateUpper(`${'a'.repeat(15)}\ud7ffrest`), `${'a'.repeat(15)}\ue000`);
    assert.equal(truncateUpper(`${'a'.repeat(15)}\u{10ffff}rest`), `${'a'.repeat(14)}b`);
  });

  test('texts compare by bytes, not by UTF-16 units', () => {
    assert.ok(compareValues('\uffff', '😀') < 0);
    assert.ok(compareValues(-5n, 3n) < 0);
    assert.equal(compareValues(2, 2), 0);
  });
});
