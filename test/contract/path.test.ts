import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PathSegment } from '../../src/contract/model.ts';
import { formatPath, parsePath } from '../../src/contract/path.ts';

const key = (name: string): PathSegment => ({ kind: 'key', key: name });
const index = (at: number): PathSegment => ({ kind: 'index', index: at });

test('paths are keys joined by dots, elements and quoted keys', () => {
  const good: readonly (readonly [text: string, segments: readonly PathSegment[]])[] = [
    ['a', [key('a')]],
    ['geometry.coordinates[0]', [key('geometry'), key('coordinates'), index(0)]],
    ['["a.b"].c', [key('a.b'), key('c')]],
    ['a["\\"\\\\"][2][10]', [key('a'), key('"\\'), index(2), index(10)]],
    ['_metadata.id-x', [key('_metadata'), key('id-x')]],
    ['[""]', [key('')]],
    ['größe', [key('größe')]],
  ];
  for (const [text, segments] of good) assert.deepEqual(parsePath(text), { ok: true, segments }, text);
});

test('anything else is not a path', () => {
  for (const text of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '[0]',
    'a[]',
    'a[-1]',
    'a[01]',
    'a[1',
    'a[x]',
    'a["b]',
    'a[b"]',
    'a b',
    'a\n',
    'a["\\n"]',
    '$.a',
    'a[0]b',
    'a.[0]',
    'a."b"',
  ]) {
    const parsed = parsePath(text);
    if (text === '$.a') assert.deepEqual(parsed, { ok: true, segments: [key('$'), key('a')] });
    else assert.equal(parsed.ok, false, text);
  }
  assert.equal(parsePath(Array(65).fill('a').join('.')).ok, false);
});

test('a formatted path reads back into the same steps', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'binary' }).map(key),
    fc.constantFrom('a', 'a.b', '"', '\\', '[0]', '').map(key),
    fc
      .nat()
      .filter((n) => n < 1e9)
      .map(index),
  );
  fc.assert(
    fc.property(fc.string().map(key), fc.array(segment, { maxLength: 8 }), (first, rest) => {
      assert.deepEqual(parsePath(formatPath([first, ...rest])), { ok: true, segments: [first, ...rest] });
    }),
    { numRuns: 300 },
  );
});
