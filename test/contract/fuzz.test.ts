import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadContract } from '../../src/contract/load.ts';
import { encode } from './sample.ts';

const GOOD =
  /```yaml\n(apiVersion[\s\S]*?)```/.exec(
    readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8'),
  )?.[1] ?? '';
const LINES = GOOD.split('\n');

/** For any bytes, the result is a topic, or problems that point into the file. */
function check(bytes: Uint8Array): boolean {
  const loaded = loadContract('web_orders.odcs.yaml', bytes);
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/).length;
  const problems = loaded.ok ? loaded.warnings : loaded.problems;
  for (const { line, problem, remedy, file } of problems) {
    assert.ok(Number.isInteger(line) && line >= 1 && line <= lines, `line ${line} of ${lines}: ${problem}`);
    assert.ok(problem !== '' && remedy !== '' && file === 'web_orders.odcs.yaml');
    assert.ok(!/[\n\r]/.test(problem), problem);
  }
  if (!loaded.ok) assert.ok(problems.some(({ severity }) => severity === 'error'));
  return loaded.ok;
}

const junk = fc.constantFrom(
  '',
  ' ',
  '"',
  "'",
  '[',
  '{',
  '}',
  ':',
  '- ',
  '# ',
  '&a',
  '*a',
  '!t ',
  '|',
  '>',
  '\t',
  '\r\n',
  '\u0000',
  '0',
  '-1',
  '.inf',
  'null',
  'true',
  '~',
  '1e999',
  '0x',
  '<<',
  '__proto__',
  'constructor',
  'é😀',
  '9'.repeat(400),
);

test('a change anywhere in the text never throws', () => {
  const edit = fc.tuple(fc.nat(GOOD.length), fc.nat(12), junk);
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = GOOD;
      for (const [at, cut, insert] of edits) text = text.slice(0, at) + insert + text.slice(at + cut);
      check(encode(text));
    }),
    { numRuns: 200 },
  );
});

test('dropped, doubled, moved and indented lines never throw', () => {
  const edit = fc.tuple(
    fc.constantFrom('drop', 'double', 'move', 'indent', 'outdent'),
    fc.nat(LINES.length - 1),
    fc.nat(LINES.length - 1),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const lines = [...LINES];
      for (const [kind, at, to] of edits) {
        const line = lines[at] ?? '';
        if (kind === 'drop' || kind === 'move') lines.splice(at, 1);
        if (kind === 'double' || kind === 'move') lines.splice(to, 0, line);
        if (kind === 'indent') lines.splice(at, 1, `  ${line}`);
        if (kind === 'outdent') lines.splice(at, 1, line.replace(/^ {2}/, ''));
      }
      check(encode(lines.join('\n')));
    }),
    { numRuns: 200 },
  );
});

test('any value at any place never throws', () => {
  const places = LINES.flatMap((line, i) => (/: \S/.test(line) ? [i] : []));
  const value = fc.oneof(
    junk,
    fc.json({ maxDepth: 2 }),
    fc.string().map((text) => JSON.stringify(text)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (at, text) => {
      check(
        encode(
          LINES.with(
            at,
            (LINES[at] ?? '').replace(/: \S.*/, () => `: ${text}`),
          ).join('\n'),
        ),
      );
    }),
    { numRuns: 300 },
  );
});

test('any bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.equal(check(bytes), false)),
    { numRuns: 500 },
  );
});
