import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readMoment } from '../../src/cli/command/times.ts';
import { bytes, count, counted, instant, moment } from '../../src/cli/terminal/words.ts';
import { LeanOpsError } from '../../src/errors/error.ts';

const NOW = 1_706_781_600_000_000n; // 2024-02-01T10:00:00Z

suite('words', () => {
  test('numbers, sizes and times for people', () => {
    assert.equal(counted(1, 'message'), '1 message');
    assert.deepEqual([0, -0, 999, 1000, -1234567, 0.5, 1234.25].map(count), [
      '0',
      '0',
      '999',
      '1,000',
      '-1,234,567',
      '0.5',
      '1,234.25',
    ]);
    assert.equal(counted(1707, 'message'), '1,707 messages');
    assert.deepEqual([0, 512, 1024, 2.4 * 2 ** 30].map(bytes), ['0 B', '512 B', '1.0 KiB', '2.4 GiB']);
    assert.equal(moment(NOW + 123_456n), '2024-02-01 10:00:00Z');
  });

  test('an instant keeps every microsecond, also before 1970', () => {
    assert.equal(instant(NOW + 123_456n), '2024-02-01T10:00:00.123456Z');
    assert.equal(instant(-1n), '1969-12-31T23:59:59.999999Z');
    assert.equal(instant(0n), '1970-01-01T00:00:00.000000Z');
  });

  test('a moment is a date, a time with offset, or a length of time ago', () => {
    assert.equal(readMoment('2024-02-01', 0n), NOW - 36_000_000_000n);
    assert.equal(readMoment('2024-02-01T11:00:00+01:00', 0n), NOW);
    assert.equal(readMoment('24h', NOW), NOW - 86_400_000_000n);
    assert.equal(readMoment('7d', NOW), NOW - 7n * 86_400_000_000n);
    for (const bad of ['', 'yesterday', '2024-02-31x', '2024-02-01T10:00:00', '-5h', '1w', '2024-13-01']) {
      assert.throws(
        () => readMoment(bad, NOW),
        (error) => error instanceof LeanOpsError && error.code === 'USAGE',
        bad,
      );
    }
  });
});
