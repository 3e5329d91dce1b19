import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { duration } from '../../src/quality/duration.ts';

suite('a duration', () => {
  test('is shown in its two largest units', () => {
    const texts: readonly (readonly [number, string])[] = [
      [0, '0 ms'],
      [340, '340 ms'],
      [2_100, '2.1 s'],
      [59_940, '59.9 s'],
      [200_000, '3 min 20 s'],
      [239_900, '3 min 59 s'],
      [7_500_000, '2 h 5 min'],
      [172_799_000, '47 h 59 min'],
      [183_600_000, '2 d 3 h'],
      [277_601_874_000, '3,212 d 23 h'],
    ];
    for (const [ms, text] of texts) assert.equal(duration(ms), text);
  });

  test('omits a zero part', () => {
    assert.deepEqual([1_000, 60_000, 3_600_000, 86_400_000, 172_800_000].map(duration), [
      '1 s',
      '1 min',
      '1 h',
      '24 h',
      '2 d',
    ]);
  });
});
