import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { defaultConfig } from '../../../src/embedded/workspace/default-config.ts';
import { type IngestBench, ingestBench, message } from './bench.ts';

/** Messages of which every `n`th is broken. */
function lines(count: number, brokenEvery: number, from = 0): string {
  const each = (at: number) => (at % brokenEvery === 0 ? `{"broken ${at}` : message(at));
  return `${Array.from({ length: count }, (_, at) => each(at + from)).join('\n')}\n`;
}

/** A unit that exceeds its budget is committed with its fates and halts the topic. Nothing is lost. */
describe('the budget of dead letters', () => {
  let bench: IngestBench;
  beforeEach(async () => {
    bench = await ingestBench();
    const config = defaultConfig({}).replace('dead_letter_share: 0.5', 'dead_letter_share: 0.1');
    await writeFile(bench.workspace.paths.config, config.replace('unit_size: 128MiB', 'unit_size: 1MiB'));
  });
  afterEach(() => bench.close());

  const balanced = async (received: number): Promise<void> => {
    const { status } = await measureBalance(bench.workspace, 'things');
    const { totals } = await bench.workspace.store.checkpoint('things');
    assert.deepEqual([status, totals.received], ['balanced', received]);
  };
  const halted = { code: 'TOPIC_HALTED' };

  test('the topic halts only above the budget and the minimum', async () => {
    await bench.take(await bench.file('at.ndjson', lines(1_000, 10)));
    await bench.take(await bench.file('few.ndjson', lines(99, 2)));
    const poisoned = await bench.file('poisoned.ndjson', lines(1_000, 9));
    await assert.rejects(bench.take(poisoned), halted);
    const { halt, accepted } = await bench.workspace.store.checkpoint('things');
    assert.deepEqual(halt, { work: 'ingest', bad: 112, of: 1_000, share: 0.1, at: bench.temporary.now });
    assert.equal(accepted, null);
    // The unit is committed with its fates; the rest waits in the file.
    await balanced(2_099);
    const next = await bench.file('next.ndjson', lines(10, 20, 1));
    await assert.rejects(bench.take(next), halted);
    assert.equal((await bench.take(poisoned)).result, 'already-taken');
    await balanced(2_099);
    await bench.workspace.store.resumeTopic('things', false);
    assert.equal((await bench.take(next)).received, 10);
    await balanced(2_109);
  });

  test('a resumed bad input halts again; an accepted one is ingested to its end, and the next is judged', async () => {
    const count = 30_000;
    const poisoned = await bench.file('poisoned.ndjson', lines(count, 2));
    await assert.rejects(bench.take(poisoned), halted);
    const { totals } = await bench.workspace.store.checkpoint('things');
    assert.ok(totals.received > 0 && totals.received < count);
    await bench.workspace.store.resumeTopic('things', false);
    await assert.rejects(bench.take(poisoned), halted);
    const more = (await bench.workspace.store.checkpoint('things')).totals.received;
    assert.ok(more > totals.received && more < count);
    await bench.workspace.store.resumeTopic('things', true);
    assert.equal((await bench.take(poisoned)).result, 'taken');
    await balanced(count);
    assert.equal((await bench.workspace.store.checkpoint('things')).accepted, null);
    await assert.rejects(bench.take(await bench.file('other.ndjson', lines(1_000, 2))), halted);
  });

  test('a topic has its own budget', async () => {
    const config = defaultConfig({}).replace(
      'topics: {}',
      'topics: { things: { dead_letter_share: 0.001 } }',
    );
    await writeFile(bench.workspace.paths.config, config);
    await assert.rejects(bench.take(await bench.file('some.ndjson', lines(500, 400))), halted);
  });
});
