import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { randomFrom } from '../../examples/orders/random.mjs';
import type { Topic } from '../../src/contract/model.ts';
import { deepBalance } from '../../src/duckdb/batch/deep-balance.ts';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import { queryWorkspace } from '../../src/duckdb/tables/query.ts';
import { NO_FAULTS } from '../../src/embedded/faults.ts';
import { measureBalance } from '../../src/embedded/figures/balance.ts';
import { forget } from '../../src/embedded/forget/forget.ts';
import { ingestSource } from '../../src/embedded/ingest/ingest.ts';
import { runSemantic } from '../../src/embedded/jobs/incremental.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { comparableSql, fromEngine, fromModel } from '../model/compare.ts';
import { ModelPipeline } from '../model/pipeline.ts';
import { makeWorkspace, orderLines } from './orders.ts';

/**
 * A thousand batches in all. Many small files slow batches down until maintenance, so each workspace gets
 * few.
 */
const LIVES = Number(process.env.LEAN_OPS_LONG_LIVES ?? 20);
const BATCHES = 50;
const MAX_MESSAGES = 8;
/** Batches between two checks of the water balance; there is one at the end too. */
const BALANCE_EVERY = 10;
const signal = new AbortController().signal;

for (let life = 1; life <= LIVES; life++) {
  const name = `life ${life}: ${BATCHES} batches have the model's fates, and the table the model's rows`;
  test(name, () => live(life));
}

/**
 * The whole pipeline, many times. Messages are drawn at random, with repetition, from all kinds in the
 * examples. The fates of each batch are compared with the model, the water balance is checked in between, and
 * the whole table at the end.
 */
async function live(seed: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
  const topic = makeWorkspace(folder, 'version: 1\n');
  const workspace = await openWorkspace(folder, { clock: () => BigInt(Date.now()) * 1000n, environment: {} });
  const engine = await openEngine({
    memoryLimit: '512MiB',
    threads: 1,
    tempDirectory: workspace.tempDirectory,
  });
  const options = { signal, faults: NO_FAULTS, engine: async () => engine };
  try {
    const key = Buffer.from(readFileSync(workspace.paths.maskingKey, 'utf8').trim(), 'hex');
    const model = new ModelPipeline(topic, key);
    const random = randomFrom(seed);
    const lines = orderLines();
    for (let batch = 1; batch <= BATCHES; batch++) {
      const part = Buffer.concat(
        Array.from({ length: 1 + random.below(MAX_MESSAGES) }, () => random.pick(lines)),
      );
      const source = { kind: 'stream', stream: Readable.from([part]) } as const;
      const ingest = { ...options, again: false, onProgress: () => undefined };
      const { received, raw, deadLettered, byError } = await ingestSource(
        workspace,
        'orders',
        source,
        ingest,
      );
      const [semantic] = await runSemantic(workspace, ['orders'], { ...options, onPhase: () => undefined });
      const { rawRows: _rawRows, ...fates } = semantic?.counts ?? assert.fail('no result');
      const found = { received, raw, dead_lettered: deadLettered, by_error: byError, ...fates };
      assert.deepEqual(found, model.deliver(part), `batch ${batch}`);
      if (batch % BALANCE_EVERY === 0 || batch === BATCHES) {
        assert.equal((await measureBalance(workspace, 'orders')).status, 'balanced', `batch ${batch}`);
      }
    }
    await assertAsModel(workspace, engine, topic, model);
    // Erases one of the keys: all its rows, and nothing else.
    const erased = random.pick([...model.semantic.rows.keys()]);
    const parts: readonly string[] = JSON.parse(erased);
    const result = await forget(workspace, 'orders', parts.length === 1 ? (parts[0] ?? '') : erased, {
      ...options,
      onPhase: () => undefined,
      letterIds: [],
      confirm: async () => true,
    });
    assert.equal(result.kind === 'erased' && result.erasure.counts.rawRows, model.erase(erased));
    assert.equal((await measureBalance(workspace, 'orders')).status, 'balanced', 'after an erasure');
    await assertAsModel(workspace, engine, topic, model);
  } finally {
    engine.close();
    await workspace.close();
    rmSync(folder, { recursive: true });
  }
}

async function assertAsModel(
  workspace: Workspace,
  engine: Engine,
  topic: Topic,
  model: ModelPipeline,
): Promise<void> {
  assert.equal((await deepBalance(workspace, engine, 'orders'))?.status, 'equal');
  const { columns, rows } = await queryWorkspace(workspace, comparableSql(topic), 100_000, signal);
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
  assert.deepEqual(fromEngine(topic, objects), fromModel(topic, model.semantic.rows.values()));
}
