import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDecimals, parseDecimal } from '../../src/contract/decimal.ts';
import { compareGates, type GateDirection } from '../../src/contract/gate-change.ts';
import type { Gate } from '../../src/contract/model.ts';

const min = (bound: string, exclusive = false): Gate => ({ kind: 'minimum', bound, exclusive });
const max = (bound: string, exclusive = false): Gate => ({ kind: 'maximum', bound, exclusive });
const short = (length: number): Gate => ({ kind: 'maxLength', length });
const long = (length: number): Gate => ({ kind: 'minLength', length });
const pattern = (text: string): Gate => ({ kind: 'pattern', pattern: text });
const among = (...values: readonly string[]): Gate => ({ kind: 'validValues', values });

const CELLS: readonly (readonly [readonly Gate[], readonly Gate[], GateDirection])[] = [
  [[], [], 'same'],
  [[], [long(1)], 'stricter'],
  [[long(1)], [], 'looser'],
  [[long(1)], [long(2)], 'stricter'],
  [[long(2)], [long(1)], 'looser'],
  [[short(1)], [short(2)], 'looser'],
  [[short(2)], [short(1)], 'stricter'],
  [[min('9')], [min('10')], 'stricter'],
  [[min('1.50')], [min('1.5')], 'same'],
  [[min('1')], [min('1', true)], 'stricter'],
  [[min('1', true)], [min('1')], 'looser'],
  [[min('1', true)], [min('0.5')], 'looser'],
  [[max('10')], [max('9')], 'stricter'],
  [[max('-2')], [max('-1')], 'looser'],
  [[max('1')], [max('1', true)], 'stricter'],
  [[max('1', true)], [max('1')], 'looser'],
  [[pattern('a')], [pattern('b')], 'other'],
  [[], [pattern('a')], 'stricter'],
  [[among('a')], [among('a', 'b')], 'looser'],
  [[among('a', 'b')], [among('b')], 'stricter'],
  [[among('a', 'b')], [among('b', 'a')], 'same'],
  [[among('a')], [among('b')], 'other'],
  [[among('a'), among('a', 'b')], [among('a', 'c'), among('a', 'd')], 'other'],
  [[min('1'), max('2')], [max('2'), min('1')], 'same'],
  [[min('1'), max('2')], [min('2'), max('3')], 'other'],
  [[min('1'), max('3')], [min('2'), max('2')], 'stricter'],
  [[long(1)], [short(9)], 'other'],
];

test('the direction of each pair of gates', () => {
  for (const [before, after, expected] of CELLS)
    assert.equal(compareGates(before, after), expected, JSON.stringify([before, after]));
});

const bound = fc.record({ bound: fc.integer({ min: -4, max: 4 }).map(String), exclusive: fc.boolean() });
const length = fc.nat({ max: 4 });
const side = <T>(value: fc.Arbitrary<T>, gate: (value: T) => Gate): fc.Arbitrary<readonly Gate[]> =>
  fc.option(value).map((one) => (one === null ? [] : [gate(one)]));
const numbers = fc
  .tuple(
    side(bound, (b) => ({ kind: 'minimum', ...b })),
    side(bound, (b) => ({ kind: 'maximum', ...b })),
  )
  .map((both) => both.flat());
const texts = fc
  .tuple(
    side(length, long),
    side(length, short),
    side(fc.subarray(['', 'a', 'bb', 'ccc'], { minLength: 1 }), (values) => among(...values)),
  )
  .map((all) => all.flat());

function passes(gate: Gate, value: string): boolean {
  switch (gate.kind) {
    case 'minLength':
      return value.length >= gate.length;
    case 'maxLength':
      return value.length <= gate.length;
    case 'validValues':
      return gate.values.includes(value);
    case 'minimum':
    case 'maximum': {
      const order = orderOf(value, gate.bound) * (gate.kind === 'minimum' ? 1 : -1);
      return gate.exclusive ? order > 0 : order >= 0;
    }
    default:
      throw new Error(`not in this test: ${gate.kind}`);
  }
}

function orderOf(left: string, right: string): number {
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  if (a === null || b === null) throw new Error('both are numbers');
  return compareDecimals(a, b);
}

/** Every value that could distinguish two sets of gates. */
const NUMBERS = Array.from({ length: 25 }, (_, index) => String((index - 12) / 2));
const TEXTS = ['', 'a', 'bb', 'ccc', 'dddd', 'eeeee', 'x', 'xx'];

/** Compatibility relies on this: a stricter set lets no new value pass, and so on. */
test('no value contradicts the direction', () => {
  const holds = (values: readonly string[]) => (before: readonly Gate[], after: readonly Gate[]) => {
    const direction = compareGates(before, after);
    for (const value of values) {
      const was = before.every((gate) => passes(gate, value));
      const is = after.every((gate) => passes(gate, value));
      if (direction === 'stricter' || direction === 'same') assert.ok(was || !is, `${value} is new`);
      if (direction === 'looser' || direction === 'same') assert.ok(!was || is, `${value} is gone`);
    }
  };
  fc.assert(fc.property(numbers, numbers, holds(NUMBERS)));
  fc.assert(fc.property(texts, texts, holds(TEXTS)));
});
