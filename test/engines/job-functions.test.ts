import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { checkPattern } from '../../src/contract/pattern.ts';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import { DUCKDB } from '../../src/sql/duckdb.ts';
import { TOKENS } from '../sql/tokens.ts';

const MODULES = path.join(import.meta.dirname, '..', '..', 'modules', 'semantic');
const SEED = 20_260_101;

/** Compares the Python functions that Spark's SQL calls with DuckDB's own. Needs no Spark. */
suite('functions of the job', () => {
  let folder: string;
  let engine: Engine;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'lean-ops-functions-'));
    engine = await openEngine({ memoryLimit: '512MiB', threads: 2, tempDirectory: folder });
  });

  after(() => {
    engine.close();
    rmSync(folder, { recursive: true });
  });

  const python = (expression: string, input: unknown): readonly unknown[] => {
    const code = `import json, sys\nsys.path.insert(0, ${JSON.stringify(MODULES)})\nimport json_tokens, patterns\nprint(json.dumps([${expression} for case in json.load(sys.stdin)]))`;
    const { stdout, stderr } = spawnSync(process.env.LEAN_OPS_PYTHON ?? 'python3', ['-c', code], {
      encoding: 'utf8',
      input: JSON.stringify(input),
      maxBuffer: 2 ** 28,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' },
    });
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout);
  };

  const duckdb = async (
    select: string,
    rows: readonly (readonly string[])[],
  ): Promise<readonly unknown[]> => {
    const values = rows.map((row, at) => `(${at}, ${row.map(DUCKDB.text).join(', ')})`);
    const names = rows[0]?.map((_value, at) => `c${at}`).join(', ');
    const found = await engine.rows(
      `SELECT ${select} AS found FROM (VALUES ${values.join(', ')}) v(i, ${names}) ORDER BY i`,
    );
    return found.map((row) => row.found);
  };

  const sameTokens = async (tokens: readonly string[]): Promise<void> => {
    const documents = tokens.map((token) => `{"v":${token}}`);
    const spark = python(`json_tokens.json_tokens(case, '[["v"]]')[0]`, documents);
    const embedded = await duckdb(
      DUCKDB.element(DUCKDB.tokens('c0', [[{ kind: 'key', key: 'v' }]]), 0),
      documents.map((one) => [one]),
    );
    tokens.forEach((token, at) => {
      assert.equal(spark[at], embedded[at], token);
    });
  };

  test('tokens of every kind', () => sameTokens(TOKENS));

  test('5,000 doubles of random bits', () => {
    const bits = new DataView(new ArrayBuffer(8));
    const doubles = fc
      .sample(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { seed: SEED, numRuns: 5_000 })
      .map((value) => {
        bits.setBigUint64(0, value);
        return bits.getFloat64(0);
      })
      .filter(Number.isFinite);
    return sameTokens(doubles.map((value) => (Object.is(value, -0) ? '-0.0' : value.toExponential())));
  });

  test('3,000 fractions, short and long, with and without exponent', () => {
    const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,22})\.[0-9]{1,22}$/);
    const exponent = fc.oneof(
      fc.constant(''),
      fc.integer({ min: -330, max: 330 }).map((e) => `e${e}`),
    );
    const numbers = fc.tuple(fc.constantFrom('', '-'), digits, exponent).map((parts) => parts.join(''));
    return sameTokens(fc.sample(numbers, { seed: SEED, numRuns: 3_000 }));
  });

  test('3,000 integers', () => {
    const integers = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
    return sameTokens(fc.sample(integers, { seed: SEED, numRuns: 3_000 }).map(String));
  });

  test('2,000 JSON values with texts of all kinds', () => {
    const values = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }).map((value) => JSON.stringify(value));
    const held = fc
      .sample(values, { seed: SEED, numRuns: 2_000 })
      .filter((text) => !/\\u[dD][89a-fA-F]/.test(text));
    return sameTokens(held);
  });

  test('patterns of contracts: 60 on 200 texts each', async () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '[ab]',
      '[^a]',
      '.',
      '\\d',
      '\\w',
      '\\s',
      '\\S',
      '[a-c0-2]',
      '\\-',
      'ä',
      '😀',
      '[\\]\\-^]',
    );
    const sign = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}');
    const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
      pattern: fc
        .array(
          fc.array(
            fc.tuple(tie('part'), sign).map((parts) => parts.join('')),
            { minLength: 1, maxLength: 3 },
          ),
          { minLength: 1, maxLength: 3 },
        )
        .map((branches) => branches.map((parts) => parts.join('')).join('|')),
      part: fc.oneof(
        { maxDepth: 2 },
        atom,
        tie('pattern').map((inner) => `(?:${inner})`),
      ),
    }));
    const texts = fc.sample(
      fc.string({
        unit: fc.constantFrom(
          'a',
          'b',
          'c',
          '1',
          ' ',
          '-',
          '\n',
          '\r',
          '\u0085',
          '\u2028',
          'ä',
          '😀',
          '_',
          ']',
        ),
        maxLength: 6,
      }),
      { seed: SEED, numRuns: 200 },
    );
    const patterns = fc.sample(pattern, { seed: SEED, numRuns: 60 }).map((source) => {
      const checked = checkPattern(source);
      assert.ok(checked.ok, source);
      return checked.pattern;
    });
    for (const checked of patterns) {
      const spark = python(
        'json_tokens.matches_whole(case[0], case[1])',
        texts.map((text) => [text, checked]),
      );
      const embedded = await duckdb(
        DUCKDB.matchesPattern('c0', checked),
        texts.map((text) => [text]),
      );
      texts.forEach((text, at) => {
        assert.equal(spark[at], embedded[at], `${checked} on ${JSON.stringify(text)}`);
      });
    }
  });

  test('a pattern takes time linear in the text', () => {
    const long = ['a'.repeat(200_000), 'ab'.repeat(100_000), 'a@'.repeat(100_000)].map((text) => `${text}!`);
    const patterns = ['(?:\\w+[ ]?)*', '(?:a*)*b', '(?:a|a)*', '[^@]+@[^@]+@.+', '(?:a|b|ab)+', '.*.*.*x'];
    const started = performance.now();
    const cases = long.flatMap((text) => patterns.map((pattern) => [text, pattern]));
    python('json_tokens.matches_whole(case[0], case[1])', cases);
    assert.ok(performance.now() - started < 60_000, 'no pattern backtracks');
  });
});
