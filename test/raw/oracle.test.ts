import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { receiveBytes } from './harness.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict JSON, parsed by the platform. */
function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(UTF8.decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** A slow, simple check of what I-JSON requires beyond JSON; null if nothing is wrong. The text is JSON. */
function iJsonFault(text: string): string | null {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token.startsWith('"') && !(JSON.parse(token) as string).isWellFormed()) return 'LONE_SURROGATE';
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth > 64) return 'NESTING_TOO_DEEP';
  }
  return null;
}

/** JSON text with spaces, escapes and repeated names that JSON.stringify would never write. */
const legalText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(
        'null',
        'true',
        'false',
        '""',
        '0',
        '-0',
        '1e5',
        '1.50',
        '"\\u0041"',
        '"\\ud83d\\ude00"',
        '"\\ud800"',
      ),
      fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.bigInt().map(String),
    ),
    fc.array(tie('value')).chain((items) => spaced('[', items, ']')),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('"a"', '"b"', '"\\u0061"', '"key"', '""', '"é"', '"a b"', '"\\n"'),
          tie('value'),
        ),
      )
      .chain((members) =>
        spaced(
          '{',
          members.map(([key, value]) => `${key}:${value}`),
          '}',
        ),
      ),
  ),
})).value;

function spaced(open: string, parts: readonly string[], close: string): fc.Arbitrary<string> {
  return fc
    .constantFrom('', ' ', '\n', '\t', '\r\n ')
    .map((space) => `${open}${space}${parts.join(`${space},${space}`)}${space}${close}`);
}

/** Returns true if an object in the text has a repeated name. The text is JSON. */
function repeatsName(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const names = open.at(-1);
      const name = JSON.parse(token.slice(0, -1));
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}

suite('the scanner against the platform', () => {
  test('accepts valid JSON unchanged, or refuses it if I-JSON forbids it', () => {
    fc.assert(
      fc.property(legalText, (value) => {
        const message = `{"idempotency_key":1,"v":${value}}`;
        const received = receiveBytes(message);
        const fault = iJsonFault(message);
        if (fault === null && !repeatsName(message)) {
          assert.equal(received.kind === 'record' && received.record.jsonPayload, message);
        } else {
          assert.equal(received.kind, 'refused');
          const code = received.kind === 'refused' ? received.refusal.code : '';
          assert.ok([fault, repeatsName(message) ? 'DUPLICATE_KEY' : null].includes(code), code);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('agrees with the platform whether any bytes are JSON', () => {
    const damage = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('replace', 'insert', 'delete'));
    fc.assert(
      fc.property(legalText, fc.array(damage, { minLength: 1, maxLength: 3 }), (value, damages) => {
        let bytes = Buffer.from(`{"idempotency_key":1,"v":${value}}`);
        for (const [place, byte, kind] of damages) {
          const at = place % bytes.length;
          const added = kind === 'delete' ? [] : [byte];
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(added),
            bytes.subarray(kind === 'insert' ? at : at + 1),
          ]);
        }
        const received = receiveBytes(bytes);
        if (received.kind === 'record') {
          assert.ok(isJson(bytes));
          return;
        }
        const { code, offset } = received.refusal;
        assert.ok(offset === null || (offset >= 0 && offset <= bytes.length));
        const syntax = ['MALFORMED_JSON', 'NOT_UTF8', 'TRAILING_BYTES', 'BYTE_ORDER_MARK'].includes(code);
        if (syntax) assert.ok(!isJson(bytes), `${code} for JSON`);
      }),
      { numRuns: 3000 },
    );
  });

  test('never accepts a truncated message', () => {
    fc.assert(
      fc.property(legalText, fc.nat(), (value, place) => {
        const message = Buffer.from(`{"idempotency_key":1,"v":${value}}`);
        const received = receiveBytes(message.subarray(0, place % message.length));
        assert.equal(received.kind, 'refused');
      }),
      { numRuns: 500 },
    );
  });
});
