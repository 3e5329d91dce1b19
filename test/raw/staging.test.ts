import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import type { StagedUnit } from '../../src/embedded/ingest/protocol.ts';
import { stagedSelect } from '../../src/embedded/ingest/staged-select.ts';
import { recordOf } from '../../src/raw/encoded-record.ts';
import { receive } from '../../src/raw/receive.ts';
import type { RawRecord } from '../../src/raw/record.ts';
import { StagedRows } from '../../src/raw/staging.ts';
import { ARRIVAL, receptionOf, topicOf } from './harness.ts';

/** A JSON text with every kind of white space between its tokens. */
function spacedJson(value: unknown, space: string): string {
  const text = JSON.stringify(value, null, space === '' ? undefined : 1);
  return text.replaceAll('\n', space);
}

const messages = fc.array(
  fc.record({
    payload: fc.dictionary(
      fc.string({ unit: 'grapheme' }),
      fc.jsonValue({ depthSize: 'small', stringUnit: 'grapheme' }),
    ),
    id: fc.string({ unit: 'grapheme', minLength: 1 }),
    key: fc.string({ unit: 'grapheme', minLength: 1 }),
    period: fc.option(fc.string({ unit: 'grapheme' })),
    number: fc.constantFrom('0', '1.0', '12345678901234567890', '0.12345678901234567890', '1E400'),
    space: fc.constantFrom('', ' ', '\t', '\n', '\r\n', '\r', ' \n\n '),
    time: fc.integer({ min: -62_135_596_800_000, max: 1_714_521_600_000 }),
    isWrapped: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

suite('staged rows through DuckDB', () => {
  let engine: Engine;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-ops-staging-'));
    engine = await openEngine({ memoryLimit: '512MiB', threads: 2, tempDirectory: join(folder, 'tmp') });
  });
  after(async () => {
    engine.close();
    await rm(folder, { recursive: true });
  });

  test('every text returns unchanged', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(messages, async (drafts) => {
        run += 1;
        const plain = new StagedRows();
        const awkward = new StagedRows();
        const expected: RawRecord[] = [];
        for (const [at, draft] of drafts.entries()) {
          const reception = receptionOf({ source: `file:s@${at}` });
          const bytes = Buffer.from(messageOf(draft));
          const outcome = receive(
            bytes,
            0,
            bytes.length,
            topicOf({ envelope: draft.isWrapped ? 'wrapped' : 'bare' }),
            reception,
          );
          if (outcome.kind === 'refused') continue;
          expected.push(recordOf(outcome, 'things', reception));
          (outcome.hasLineBreaks ? awkward : plain).add(outcome, String(at));
        }
        const unit = { plain: await stage(`p${run}`, plain), awkward: await stage(`a${run}`, awkward) };
        if (expected.length === 0) return;
        const constants = { topic: 'things', sourcePrefix: 'file:s@', ingestionTs: ARRIVAL };
        const rows = await engine.rows(
          `SELECT * FROM (${stagedSelect(unit as StagedUnit, constants)}) ORDER BY source`,
        );
        const bySource = expected
          .map(columnsOf)
          .sort((a, b) => (String(a.source) < String(b.source) ? -1 : 1));
        assert.deepEqual(rows, bySource);
      }),
      { numRuns: 60 },
    );
  });

  test('the longest possible rows return unchanged', async () => {
    const rows = new StagedRows();
    const text = `{"idempotency_key":"k","v":"${'x'.repeat(990_000)}"}`;
    const bytes = Buffer.from(text);
    for (const at of [0, 1, 2]) {
      const outcome = receive(bytes, 0, bytes.length, topicOf(), receptionOf());
      assert.equal(outcome.kind, 'record');
      if (outcome.kind === 'record') rows.add(outcome, String(at));
    }
    const unit = { plain: await stage('long', rows), awkward: null };
    const select = stagedSelect(unit as StagedUnit, {
      topic: 'things',
      sourcePrefix: 'file:s@',
      ingestionTs: ARRIVAL,
    });
    const [row] = await engine.rows(
      `SELECT count(*) AS n, min(json_payload) AS low, max(json_payload) AS high FROM (${select})`,
    );
    assert.deepEqual(row, { n: 3n, low: text, high: text });
  });

  async function stage(name: string, rows: StagedRows): Promise<string | null> {
    if (rows.length === 0) return null;
    const path = join(folder, name);
    await writeFile(path, rows.take());
    return path;
  }
});

interface Draft {
  readonly payload: Record<string, unknown>;
  readonly id: string;
  readonly key: string;
  readonly period: string | null;
  readonly number: string;
  readonly space: string;
  readonly time: number;
  readonly isWrapped: boolean;
}

function messageOf(draft: Draft): string {
  const payload = { ...draft.payload, idempotency_key: draft.key, period_reference: draft.period, N: 0 };
  const message = draft.isWrapped ? { messageId: draft.id, publishTime: draft.time, payload } : payload;
  return spacedJson(message, draft.space).replace(/"N":\s*0/, `"N":${draft.number}`);
}

function columnsOf(record: RawRecord): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
