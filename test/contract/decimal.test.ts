import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDecimals, formatDecimal, parseDecimal } from '../../src/contract/decimal.ts';

test('number text is read exactly', () => {
  const plain = (text: string): string | null => {
    const value = parseDecimal(text);
    return value === null ? null : formatDecimal(value);
  };
  assert.equal(plain('1.50'), '1.5');
  assert.equal(plain('-0.0'), '0');
  assert.equal(plain('1e3'), '1000');
  assert.equal(plain('12.5E-3'), '0.0125');
  assert.equal(plain('+7'), '7');
  assert.equal(plain('9223372036854775807'), '9223372036854775807');
  for (const text of ['', '.5', '1.', '0x10', '.inf', '1e1000', '1_000', ' 1'])
    assert.equal(plain(text), null, text);
});

test('comparison agrees with integers of the same scale', () => {
  const decimal = fc.tuple(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    fc.integer({ min: -5, max: 10 }),
  );
  fc.assert(
    fc.property(decimal, decimal, ([a, x], [b, y]) => {
      const left = parseDecimal(`${a}e${x}`);
      const right = parseDecimal(`${b}e${y}`);
      assert.ok(left !== null && right !== null);
      const [m, n] = [a * 10n ** BigInt(x + 5), b * 10n ** BigInt(y + 5)];
      assert.equal(Math.sign(compareDecimals(left, right)), m < n ? -1 : m > n ? 1 : 0);
      assert.deepEqual(parseDecimal(formatDecimal(left)), left);
    }),
  );
});
