import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  type ReplayOptions,
  type ReplayResult,
  replayDeadLetters,
} from '../../../src/embedded/dead-letters/replay.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { defaultConfig } from '../../../src/embedded/workspace/default-config.ts';
import { discardDeadLetters } from '../../../src/pipeline/dead-letters/discard.ts';
import { lettersBehind, whatBecameOf } from '../../../src/pipeline/dead-letters/lineage.ts';
import { openLetters } from '../../../src/pipeline/dead-letters/open-letters.ts';
import type { DeadLetterFilter } from '../../../src/state/dead-letter.ts';
import { type IngestBench, ingestBench, message } from '../ingest/bench.ts';

const sha = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
/** Larger than what a scan keeps in memory. */
const LONG = `{"text":"${'x'.repeat(1_500_000)}"}`;

describe('a replay', () => {
  let bench: IngestBench;
  beforeEach(async () => {
    bench = await ingestBench();
  });
  afterEach(() => bench.close());

  const replay = async (
    filter: Omit<DeadLetterFilter, 'status'> = {},
    more: Partial<ReplayOptions> = {},
    workspace = bench.workspace,
  ): Promise<readonly ReplayResult[]> => {
    const results: ReplayResult[] = [];
    for (const letters of await openLetters(workspace.store, filter)) {
      const options = { repairedBody: null, faults: NO_FAULTS, onProgress: () => undefined };
      const signal = new AbortController().signal;
      const { engine } = bench;
      results.push(await replayDeadLetters(workspace, letters, { ...options, signal, engine, ...more }));
    }
    return results;
  };
  const balanced = async (): Promise<void> => {
    const { status, equations } = await measureBalance(bench.workspace, 'things');
    assert.deepEqual([status, equations.filter(({ residual }) => residual !== 0)], ['balanced', []]);
  };
  const counts = () => bench.workspace.store.deadLetterCounts('things');
  const take = async (...lines: readonly string[]): Promise<void> => {
    await bench.take(
      await bench.file(`${lines.length}-${sha(lines.join())}.ndjson`, `${lines.join('\n')}\n`),
    );
  };

  test('a letter that fails again becomes a new letter, linked both ways, that can be replayed again', async () => {
    await take('{"broken":', message(1));
    const { store } = bench.workspace;
    for (let round = 1; round <= 3; round++) {
      const [result] = await replay();
      assert.deepEqual(
        [result?.replayed, result?.raw, result?.deadLettered, result?.byError],
        [1, 0, 1, { MALFORMED_JSON: 1 }],
      );
      assert.deepEqual(await counts(), { open: 1, replayed: round, discarded: 0 });
      await balanced();
    }
    const letters = await bench.deadLetters();
    const [open] = letters.filter(({ status }) => status === 'open');
    assert.ok(open);
    const behind = await lettersBehind(store, open.source);
    assert.equal(behind.length, 3);
    assert.equal(open.receiveCount, 4);
    for (const [at, letter] of behind.entries()) {
      const next: string | undefined = at === 0 ? open.id : behind[at - 1]?.id;
      assert.equal((await whatBecameOf(store, letter))?.deadLetterId, next);
      // The first-received time is stored once and kept.
      assert.equal(letter.firstReceivedAt, open.firstReceivedAt);
      assert.equal(letter.bodySha256, sha('{"broken":'));
    }
    assert.equal(await whatBecameOf(store, open), null);
  });

  test('a repaired body enters RAW, the original stays, and the repair is recorded', async () => {
    await take('{"broken":', message(1));
    const [before] = await bench.deadLetters();
    assert.ok(before);
    const file = await bench.file('repaired.json', `${message('repaired')}\r\n`);
    const [result] = await replay({ ids: [before.id] }, { repairedBody: file });
    assert.deepEqual([result?.raw, result?.deadLettered], [1, 0]);
    const found = await bench.workspace.store.deadLetter(before.id);
    assert.equal(found?.letter.status, 'replayed');
    const { closing } = found?.letter ?? {};
    assert.deepEqual(closing?.repair, {
      sha256: sha(message('repaired')),
      size: BigInt(message('repaired').length),
    });
    assert.equal(closing?.by, bench.workspace.owner);
    assert.ok(found?.body.kind === 'inline');
    assert.equal(Buffer.from(found.body.bytes).toString(), '{"broken":');
    const row = (await bench.rows()).find(({ message_id: id }) => id === 'm-repaired');
    assert.equal(row?.source, `replay:${before.id}`);
    assert.deepEqual(
      (await lettersBehind(bench.workspace.store, String(row?.source))).map(({ id }) => id),
      [before.id],
    );
    assert.deepEqual(await whatBecameOf(bench.workspace.store, found.letter), {
      source: `replay:${before.id}`,
      deadLetterId: null,
    });
    await balanced();
  });

  test('a second replay replays nothing', async () => {
    await take('{"broken":');
    const [letter] = await bench.deadLetters();
    assert.ok(letter);
    const file = await bench.file('repaired.json', message(7));
    const again = async () => {
      const options = { repairedBody: file, faults: NO_FAULTS, onProgress: () => undefined };
      const signal = new AbortController().signal;
      const letters = { topic: 'things', ids: [letter.id] };
      return replayDeadLetters(bench.workspace, letters, { ...options, signal, engine: bench.engine });
    };
    assert.equal((await again()).raw, 1);
    const second = await again();
    assert.deepEqual([second.replayed, second.raw, second.notOpen], [0, 0, 1]);
    assert.equal((await bench.rows()).length, 1);
    assert.deepEqual(await bench.workspace.store.openWorks(), []);
    await balanced();
  });

  test('the substitute for a missing publish time is kept, so the row is the same as at the first reception', async () => {
    const bare = '{"idempotency_key":"k","id":"1"}';
    const contract = join(bench.temporary.root, 'topics', 'things.odcs.yaml');
    const text = await readFile(contract, 'utf8');
    const wrong = 'customProperties:\n  - { property: envelope, value: sns }\n';
    await writeFile(contract, text.replace('schema:\n', `${wrong}schema:\n`));
    await take(bare, '', bare.replace('1', '2'));
    await writeFile(contract, text);
    // The contract is fixed: before, it named an envelope that no message has.
    const mended = await bench.temporary.open();
    const letters = await bench.deadLetters();
    assert.deepEqual(
      letters.map(({ errorCode }) => errorCode),
      ['ENVELOPE_MISMATCH', 'ENVELOPE_MISMATCH'],
    );
    bench.temporary.now += 3n * 86_400_000_000n;
    await replay({}, {}, mended);
    await mended.close();
    const rows = await bench.rows();
    assert.deepEqual(
      rows.map((row) => [row.publish_time, row.publish_time_origin, row.message_id]).sort(),
      letters
        .map(({ firstReceivedAt }, at) => [
          firstReceivedAt,
          'arrival',
          `sha256:${sha(bare.replace('1', String(at + 1)))}`,
        ])
        .sort(),
    );
    await balanced();
  });

  test('a body that is too large for a record stays in its file and is read in pieces', async () => {
    await take(LONG, message(1));
    const [before] = await bench.deadLetters();
    const [result] = await replay();
    assert.deepEqual(result?.byError, { RECORD_TOO_LARGE: 1 });
    const [, after] = await bench.deadLetters();
    const bodies = await Promise.all(
      [before, after].map(async (each) => (await bench.workspace.store.deadLetter(each?.id ?? ''))?.body),
    );
    assert.equal(bodies[0]?.kind, 'file');
    assert.deepEqual(bodies[1], bodies[0]);
    const large = await bench.file('large.json', LONG.replaceAll('x', 'y'));
    const open = (await bench.deadLetters()).find(({ status }) => status === 'open');
    await replay({}, { repairedBody: large });
    const [third] = (await bench.deadLetters()).filter(({ status }) => status === 'open');
    assert.equal(third?.source, `replay:${open?.id}`);
    assert.equal(third?.bodySha256, sha(LONG.replaceAll('x', 'y')));
    await balanced();
  });

  test('damaged bodies are refused by name and do not affect other letters', async () => {
    await take(LONG, '{"broken":', message(1));
    const { store, paths } = bench.workspace;
    const large = (await bench.deadLetters()).find(({ errorCode }) => errorCode === 'RECORD_TOO_LARGE');
    const body = (await store.deadLetter(large?.id ?? ''))?.body;
    assert.ok(body?.kind === 'file');
    await writeFile(join(paths.root, body.pointer), 'other');
    const [result] = await replay();
    assert.deepEqual(
      [result?.replayed, result?.damaged.map(({ code }) => code)],
      [1, ['DEAD_LETTER_DAMAGED']],
    );
    await rm(join(paths.root, body.pointer));
    const [missing] = await replay({ ids: [large?.id ?? ''] });
    assert.match(missing?.damaged[0]?.message ?? '', /missing/);
    assert.equal((await store.deadLetter(large?.id ?? ''))?.letter.status, 'open');
    // The remedy: a repaired body.
    const file = await bench.file('repaired.json', message('fixed'));
    const [fixed] = await replay({ ids: [large?.id ?? ''] }, { repairedBody: file });
    assert.equal(fixed?.raw, 1);
    await balanced();
  });

  test('an interruption between units leaves the other letters open', async () => {
    const config = defaultConfig({}).replace('dead_letter_share: 0.5', 'dead_letter_share: 1');
    await writeFile(bench.workspace.paths.config, config);
    await take(...Array.from({ length: 10_500 }, (_, at) => `{"broken ${at}`), message(1));
    const stop = new AbortController();
    const signal = stop.signal;
    const onProgress = (done: number): void => {
      if (done === 10_200) stop.abort();
    };
    await assert.rejects(replay({}, { signal, onProgress }), { code: 'INTERRUPTED' });
    assert.deepEqual(await counts(), { open: 500 + 10_000, replayed: 10_000, discarded: 0 });
    await balanced();
  });

  test('a discard closes a letter with a reason and keeps its body', async () => {
    await take('{"broken":', '{"broken too":', message(1));
    const [first] = await bench.deadLetters();
    const options = {
      reason: 'a load test',
      signal: new AbortController().signal,
      onProgress: () => undefined,
    };
    const ids = [first?.id ?? '', 'unknown'];
    assert.equal(await discardDeadLetters(bench.workspace, bench.workspace.owner, ids, options), 1);
    assert.equal(await discardDeadLetters(bench.workspace, bench.workspace.owner, ids, options), 0);
    const found = await bench.workspace.store.deadLetter(first?.id ?? '');
    assert.equal(found?.letter.closing?.reason, 'a load test');
    const [result] = await replay();
    assert.equal(result?.replayed, 1);
    assert.deepEqual(await counts(), { open: 1, replayed: 1, discarded: 1 });
    await balanced();
  });
});
