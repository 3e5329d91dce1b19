import type { MutationGroup } from './mutation.ts';

/** Publish times, which order the versions of a key, and the numbers that engines would round. */
export const RAW_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/raw/instant.ts',
    tests: ['test/raw/instant.test.ts'],
    mutations: [
      {
        find: 'year % 100 !== 0 || year % 400 === 0',
        replace: 'year % 100 !== 0',
        why: '2000 is no leap year',
      },
      {
        find: 'month > 2 && isLeap(year) ? 1 : 0',
        replace: 'month > 1 && isLeap(year) ? 1 : 0',
        why: 'February of a leap year is a day late',
      },
      {
        find: '(DAYS_IN_MONTH[month - 1] as number) + leapDay',
        replace: '(DAYS_IN_MONTH[month - 1] as number)',
        why: 'there is no 29 February',
      },
      {
        find: 'sign === MINUS ? -1 : 1) *',
        replace: 'sign === MINUS ? 1 : -1) *',
        why: 'offsets count the other way round',
      },
      {
        find: 'hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false',
        replace: 'hours < 0 || hours > 24 || minutes < 0 || minutes > 59) return false',
        why: '24:00 is a time',
      },
      {
        find: 'seconds < 0 || seconds > 59',
        replace: 'seconds < 0 || seconds > 60',
        why: 'a leap second is a time',
      },
      {
        find: 'i < firstDigit + 6',
        replace: 'i < firstDigit + 7',
        why: 'a seventh digit makes the fraction ten times as large',
      },
      {
        find: 'digits < 6; digits++) fraction *= 10',
        replace: 'digits < 3; digits++) fraction *= 10',
        why: 'a short fraction is too small',
      },
      {
        find: 'if (i === firstDigit) return false',
        replace: '',
        why: 'a point without digits is a fraction',
      },
      {
        find: 'year < 1 ||',
        replace: '',
        why: 'there is a year 0',
      },
      {
        find: 'millis >= MIN_MILLIS && millis <= MAX_MILLIS',
        replace: 'millis >= MIN_MILLIS',
        why: 'a time after the year 9999 passes',
      },
    ],
  },
  {
    file: 'src/raw/number-exactness.ts',
    tests: ['test/raw/number-exactness.test.ts'],
    mutations: [
      {
        find: 'significant += pendingZeros + 1',
        replace: 'significant += 1',
        why: 'zeros between digits do not count',
      },
      {
        find: 'if (significant > MAX_SIGNIFICANT_DIGITS) return false',
        replace: 'if (significant > MAX_SIGNIFICANT_DIGITS + 1) return false',
        why: 'sixteen digits pass as exact',
      },
      {
        find: 'magnitude >= MIN_MAGNITUDE && magnitude <= MAX_MAGNITUDE',
        replace: 'magnitude <= MAX_MAGNITUDE',
        why: 'numbers too small for a double pass as exact',
      },
    ],
  },
];
