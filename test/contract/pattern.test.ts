import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { checkPattern } from '../../src/contract/pattern.ts';

let duckdb: DuckDBConnection;
before(async () => {
  duckdb = await (await DuckDBInstance.create()).connect();
});
after(() => duckdb.closeSync());

async function re2Matches(pattern: string, texts: readonly string[]): Promise<readonly unknown[]> {
  const sql = `SELECT regexp_full_match(unnest(from_json($1::JSON, '["VARCHAR"]')), $2::VARCHAR)`;
  const rows = await duckdb.runAndReadAll(sql, [JSON.stringify(texts), pattern]);
  return rows.getRows().map(([match]) => match);
}

function accepted(pattern: string): string {
  const checked = checkPattern(pattern);
  if (!checked.ok) assert.fail(`${pattern}: ${checked.reason}`);
  return checked.pattern;
}

test('syntax that engines read differently is refused, with its position', () => {
  const refused: readonly (readonly [pattern: string, at: number, reason: RegExp])[] = [
    ['', 1, /empty/],
    ['^$', 1, /empty/],
    ['(a)\\1', 4, /not all engines interpret .* in the same way/],
    ['(?=a)b', 1, /lookaround/],
    ['(?<=a)b', 1, /lookaround/],
    ['(?i)a', 1, /flags/],
    ['(?<n>a)', 1, /names/],
    ['a++', 3, /possessive/],
    ['a+?', 3, /lazy/],
    ['a**', 3, /doubled/],
    ['a{2}{3}', 5, /doubled/],
    ['*a', 1, /nothing to repeat/],
    ['(|*)', 3, /nothing to repeat/],
    ['a{,3}', 2, /expected \{n\}/],
    ['a{3,2}', 2, /m below n/],
    ['a{1001}', 2, /repeats of more than 1000/],
    ['(?:a{40}){40}', 10, /repeats of more than 1000/],
    ['[a-z0-9_.-]{1000}', 1, /too large/],
    ['\\Qa\\E', 1, /not all engines interpret .* in the same way/],
    ['\\bword\\b', 1, /not all engines interpret .* in the same way/],
    ['\\p{L}', 1, /not all engines interpret .* in the same way/],
    ['\\x41', 1, /not all engines interpret .* in the same way/],
    ['\\u0041', 1, /not all engines interpret .* in the same way/],
    ['a\\', 3, /ends in the middle/],
    ['(a', 1, /without \)/],
    ['a)', 2, /without \(/],
    ['[a', 1, /without \]/],
    ['[]', 2, /empty class/],
    ['[[:alpha:]]', 2, /do not nest/],
    ['[a&&b]', 3, /intersection/],
    ['[a&\\&b]', 4, /intersection/],
    ['[z-a]', 2, /backwards/],
    ['[a-\\d]', 2, /single characters/],
    ['[a-c-e]', 5, /write \\-/],
    ['[^\\W]', 3, /not all engines interpret .* in the same way/],
    ['a}', 2, /write \\}/],
    ['a^b', 2, /around the whole pattern/],
    ['a$b', 3, /around the whole pattern/],
    ['(^a)', 2, /around the whole pattern/],
    ['^a|b$', 1, /applies to one branch/],
    ['a\nb', 2, /control character/],
    ['\ud800', 1, /surrogate/],
    ['a'.repeat(1_001), 1, /more than 1000/],
    [`${'('.repeat(21)}a${')'.repeat(21)}`, 21, /nested more than 20/],
  ];
  for (const [pattern, at, reason] of refused) {
    const checked = checkPattern(pattern);
    assert.ok(!checked.ok, `${pattern} was taken`);
    assert.match(checked.reason, reason, pattern);
    assert.equal(checked.at, at, pattern);
  }
});

test('outer anchors are removed, and parts that engines read differently are spelled out', () => {
  assert.equal(accepted('^[A-Z]{2}\\d+$'), '[A-Z]{2}\\d+');
  assert.equal(accepted('^(a|b)$'), '(?:a|b)');
  assert.equal(accepted('\\s'), '[ \\t\\n\\f\\r]');
  assert.equal(accepted('.'), '[^\\n\\r\u2028\u2029]');
  assert.equal(accepted('[\\w.-]'), '[0-9A-Za-z_.\\-]');
  assert.equal(accepted('[-a]'), '[\\-a]');
  assert.equal(accepted('\\-\\_\\@'), '-_@');
  assert.equal(accepted('[]a]'.replace('[]', '[\\]')), '[\\]a]');
});

const literal = fc.constantFrom(
  'a',
  'Z',
  '5',
  '_',
  ' ',
  'é',
  '😀',
  '\\.',
  '\\\\',
  '\\/',
  '-',
  '@',
  '&',
  '\\t',
  '\\{',
  '#',
  '"',
  "'",
);
const set = fc.constantFrom(
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '[a-c]',
  '[^a-c]',
  '[\\d_.-]',
  '[^\\s]',
  '[\\^\\]\\[]',
  '[é-😀]',
  '[&]',
  '[a\\-z]',
);
const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}');
const generated = fc.letrec<{ atom: string; sequence: string; pattern: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 2 },
    literal,
    set,
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
  sequence: fc
    .array(
      fc.tuple(tie('atom'), repeat).map(([atom, times]) => atom + times),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('')),
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|')),
}));
// Longer patterns are slow to shrink and find nothing new.
const pattern = generated.pattern.filter((source) => source.length <= 60);
const text = fc.string({
  unit: fc.constantFrom(...'aabcZ5_ .\\/-@&^][é😀\t\n\r\f\v\u0085\u2028\u00a0{#"\''),
  maxLength: 6,
});

test('DuckDB and JavaScript interpret every accepted pattern in the same way, over the whole text', async () => {
  await fc.assert(
    fc.asyncProperty(pattern, fc.array(text, { minLength: 1, maxLength: 20 }), async (source, texts) => {
      const checked = accepted(source);
      const script = new RegExp(`^(?:${checked})$`, 'u');
      assert.deepEqual(
        await re2Matches(checked, texts),
        texts.map((one) => script.test(one)),
        `${source} as ${checked}`,
      );
    }),
    { numRuns: 150 },
  );
});

test('checking a checked pattern changes nothing', () => {
  fc.assert(
    fc.property(pattern, (source) => {
      const once = accepted(source);
      assert.equal(accepted(once), once);
    }),
  );
});

test('any text returns a result and never throws', () => {
  const wild = fc.string({
    unit: fc.constantFrom(...'ab^$\\.*+?()[]{}|/-,:=!<&dDwWsSQEbp019😀\n'),
    maxLength: 30,
  });
  fc.assert(
    fc.property(wild, (source) => {
      const checked = checkPattern(source);
      if (checked.ok) assert.doesNotThrow(() => new RegExp(`^(?:${checked.pattern})$`, 'u'));
      else assert.ok(checked.at >= 1 && checked.at <= Array.from(source).length + 1);
    }),
    { numRuns: 2_000 },
  );
});

test('the largest patterns that are accepted compile in DuckDB', async () => {
  for (const source of [
    '.{1000}',
    '[^a]{1000}',
    '(?:é|ü){1000}',
    '(?:[a-z]{10}){100}',
    '\\S{1000}\\S{1000}\\S{1000}',
    '[é-😀]{1000}',
    '(?:.{500}|.{500}){2}',
  ]) {
    assert.deepEqual(await re2Matches(accepted(source), ['x']), [false], source);
  }
});
