import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withReader } from '../../../src/duckdb/tables/reader.ts';
import { replayDeadLetters } from '../../../src/embedded/dead-letters/replay.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { runSemantic } from '../../../src/embedded/jobs/incremental.ts';
import { openLetters } from '../../../src/pipeline/dead-letters/open-letters.ts';
import { type IngestBench, ingestBench } from '../ingest/bench.ts';

interface Sent {
  readonly key: string;
  readonly at: number;
  readonly isBroken: boolean;
}

const signal = new AbortController().signal;
const sent: fc.Arbitrary<readonly Sent[]> = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c'), at: fc.nat({ max: 9 }), isBroken: fc.boolean() }),
  { minLength: 1, maxLength: 12 },
);

/** A broken message lacks its end. */
function line({ key, at }: Sent, number: number, isBroken: boolean): string {
  const whole = `{"messageId":"m${number}","publishTime":"2026-02-01T10:00:0${at}Z","payload":{"idempotency_key":"k","id":"${key}"}}`;
  return isBroken ? whole.slice(0, -1) : whole;
}

async function semantic(bench: IngestBench): Promise<void> {
  const { engine } = bench;
  await runSemantic(bench.workspace, ['things'], {
    signal,
    faults: NO_FAULTS,
    engine,
    onPhase: () => undefined,
  });
}

async function tableRows(bench: IngestBench): Promise<readonly unknown[]> {
  const { status } = await measureBalance(bench.workspace, 'things');
  assert.equal(status, 'balanced');
  return withReader(bench.workspace, signal, (engine) =>
    engine.rows('SELECT id, _message_id, _publish_time FROM semantic.things ORDER BY id'),
  );
}

/** Repaired and replayed letters, in any order, give the same table as intact messages. */
test('the table is the same as without broken messages', async () => {
  await fc.assert(
    fc.asyncProperty(sent, fc.infiniteStream(fc.nat()), async (messages, random) => {
      const [whole, mended] = [await ingestBench(), await ingestBench()];
      try {
        const all = messages.map((each, at) => line(each, at, false));
        await whole.take(await whole.file('a.ndjson', all.join('\n')));
        await semantic(whole);
        const broken = messages.map((each, at) => line(each, at, each.isBroken));
        await mended.take(await mended.file('a.ndjson', broken.join('\n')));
        const { workspace, engine } = mended;
        const ids = (await openLetters(workspace.store, {})).flatMap((letters) => letters.ids);
        const order = ids.map((id) => ({ id, place: random.next().value ?? 0 }));
        for (const { id } of order.sort((a, b) => a.place - b.place)) {
          const body = (await workspace.store.deadLetter(id))?.body;
          assert.ok(body?.kind === 'inline');
          const repairedBody = await mended.file('repaired.json', `${Buffer.from(body.bytes)}}\n`);
          const options = { repairedBody, signal, faults: NO_FAULTS, engine, onProgress: () => undefined };
          const { raw } = await replayDeadLetters(workspace, { topic: 'things', ids: [id] }, options);
          assert.equal(raw, 1);
          if ((random.next().value ?? 0) % 2 === 0) await semantic(mended);
        }
        await semantic(mended);
        assert.deepEqual(await tableRows(mended), await tableRows(whole));
      } finally {
        await whole.close();
        await mended.close();
      }
    }),
    { numRuns: Number(process.env.LEAN_OPS_PROPERTY_RUNS ?? 5), seed: 20261125, endOnFailure: true },
  );
});
