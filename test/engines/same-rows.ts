import assert from 'node:assert/strict';
import type { PlainRow } from './foreign-readers.ts';

/** Asserts the same rows in any order. Shows one different row, not a hundred. */
export function sameRows(actual: readonly PlainRow[], expected: readonly PlainRow[], what = ''): void {
  const [left, right] = [sorted(actual), sorted(expected)];
  const first = left.findIndex((row, index) => row !== right[index]);
  if (first >= 0) assert.equal(left[first], right[first], what);
  assert.equal(left.length, right.length, what);
}

function sorted(rows: readonly PlainRow[]): readonly string[] {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1))))
    .sort();
}
