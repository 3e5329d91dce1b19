import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Instant, readRfc3339 } from '../../src/raw/instant.ts';
import { microsOf } from '../model/time.ts';

const into = new Instant();

/** Microseconds since 1970; null: not a valid time. */
function read(text: string): bigint | null {
  const bytes = Buffer.from(`"${text}"`);
  if (!readRfc3339(bytes, 1, bytes.length - 1, into)) return null;
  return BigInt(into.millis) * 1_000n + BigInt(into.micros);
}

const two = (value: number): string => String(value).padStart(2, '0');
const time = fc
  .record({
    year: fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(1, 1900, 2000, 2023, 2024, 2100, 9999)),
    month: fc.integer({ min: 0, max: 13 }),
    day: fc.integer({ min: 0, max: 32 }),
    hour: fc.integer({ min: 0, max: 24 }),
    minute: fc.integer({ min: 0, max: 60 }),
    second: fc.integer({ min: 0, max: 60 }),
    fraction: fc.constantFrom('', '.', '.5', '.05', '.123', '.123456', '.1234567', '.000001', '.9999999'),
    zone: fc.constantFrom('Z', 'z', '+00:00', '+02:00', '-05:30', '+23:59', '-24:00', '+00:60', '', '+0200'),
  })
  .map(({ year, month, day, hour, minute, second, fraction, zone }) => {
    const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
    return `${date}T${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}`;
  });

suite('RFC 3339 times', () => {
  test('are read like the model reads them, cut to microseconds', () => {
    fc.assert(
      fc.property(time, (text) => {
        assert.equal(read(text), inRange(microsOf(text)), text);
      }),
      { numRuns: 20_000, seed: 20261124 },
    );
  });

  test('are read for every day of a leap cycle and at the limits', () => {
    for (let day = Date.UTC(1896, 0, 1); day < Date.UTC(2005, 0, 1); day += 86_400_000) {
      const text = new Date(day).toISOString();
      assert.equal(read(text), BigInt(day) * 1_000n, text);
    }
    for (const none of ['2023-02-29', '1900-02-29', '2026-04-31', '0000-12-31', '2026-00-10', '2026-01-00'])
      assert.equal(read(`${none}T00:00:00Z`), null, none);
    for (const none of ['24:00:00Z', '23:60:00Z', '23:59:60Z', '00:00:00.Z', '00:00:00', '00:00:00+24:00'])
      assert.equal(read(`2026-01-01T${none}`), null, none);
    assert.equal(read('2026-01-01T00:00:00.1234567Z'), read('2026-01-01T00:00:00.123456Z'));
    assert.equal(read('0001-01-01T00:00:00Z'), -62_135_596_800_000_000n);
    assert.equal(read('0001-01-01T00:00:00+00:01'), null);
    assert.equal(read('0000-12-31T23:59:59-23:59'), null);
    assert.equal(read('9999-12-31T23:59:59.999999Z'), 253_402_300_799_999_999n);
    assert.equal(read('9999-12-31T23:59:59-00:01'), null);
  });
});

function inRange(micros: bigint | null): bigint | null {
  if (micros === null || micros < -62_135_596_800_000_000n || micros > 253_402_300_799_999_999n) return null;
  return micros;
}
