import { instead, swappedBranches, withoutOperand, withoutStatement } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** Publish times, which order the versions of a key, and numbers that engines would round. */
export const RAW_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/raw/instant.test.ts'],
    mutations: [
      { in: 'isLeap', change: withoutOperand('year % 400 === 0'), why: '2000 is not a leap year' },
      {
        in: 'dayNumber',
        change: instead('month > 2', 'month > 1'),
        why: 'February of a leap year is a day late',
      },
      { in: 'dayNumber', change: withoutOperand('leapDay'), why: 'there is no 29 February' },
      { in: 'offsetMillis', change: swappedBranches('MINUS'), why: 'offsets count the other way round' },
      { in: 'readRfc3339', change: instead('23', '24'), why: '24:00 is valid' },
      { in: 'readRfc3339', change: instead('seconds > 59', 'seconds > 60'), why: 'a leap second is valid' },
      {
        in: 'readRfc3339',
        change: instead('firstDigit + 6', 'firstDigit + 7'),
        why: 'a seventh digit makes the fraction ten times as large',
      },
      {
        in: 'readRfc3339',
        change: instead('digits < 6', 'digits < 3'),
        why: 'a short fraction is too small',
      },
      {
        in: 'readRfc3339',
        change: withoutStatement('i === firstDigit'),
        why: 'a point without digits is a fraction',
      },
      { in: 'dayNumber', change: withoutOperand('year < 1'), why: 'there is a year 0' },
      {
        in: 'instant#settle',
        change: withoutOperand('MAX_MILLIS'),
        why: 'a time after the year 9999 passes',
      },
    ],
  },
  {
    tests: ['test/raw/number-exactness.test.ts'],
    mutations: [
      {
        in: 'isPlainNumber',
        change: withoutOperand('pendingZeros'),
        why: 'zeros between digits do not count',
      },
      {
        in: 'isPlainNumber',
        change: instead('MAX_SIGNIFICANT_DIGITS', 'MAX_SIGNIFICANT_DIGITS + 1'),
        why: 'sixteen digits pass as exact',
      },
      {
        in: 'isPlainNumber',
        change: withoutOperand('MIN_MAGNITUDE'),
        why: 'numbers too small for a double pass as exact',
      },
    ],
  },
];
