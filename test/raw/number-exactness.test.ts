import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlainNumber } from '../../src/raw/number-exactness.ts';

/** A slow, simple check: int64, or zero, or 15 significant digits at a magnitude of -307..307. */
function plain(token: string): boolean {
  if (/^-?\d+$/.test(token) && BigInt.asIntN(64, BigInt(token)) === BigInt(token)) return true;
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return true;
  const magnitude = digits.length - fraction.length + Number(exponent) - 1;
  return digits.replace(/0+$/, '').length <= 15 && magnitude >= -307 && magnitude <= 307;
}

const digits = (max: number) =>
  fc.array(fc.constantFrom('0', '0', '1', '9'), { minLength: 1, maxLength: max }).map((all) => all.join(''));
const token = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(
      digits(22).map((text) => text.replace(/^0+(?=\d)/, '')),
      fc.constantFrom('9223372036854775807', '9223372036854775808', '9223372036854775809'),
    ),
    fraction: fc.option(digits(20)),
    exponent: fc.option(
      fc.constantFrom('e0', 'E+5', 'e-5', 'e307', 'e308', 'e-307', 'e-308', 'e290', 'e-330'),
    ),
  })
  .map(({ sign, whole, fraction, exponent }) => {
    return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent ?? ''}`;
  });

test('a number is plain by its digits and magnitude, not by its notation', () => {
  fc.assert(
    fc.property(token, (text) => {
      assert.equal(isPlainNumber(Buffer.from(` ${text},`), 1, 1 + text.length), plain(text), text);
    }),
    { numRuns: 20_000, seed: 20261124 },
  );
});
