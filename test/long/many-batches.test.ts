import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { randomFrom } from '../../examples/orders/random.mjs';
import { measureBalance } from '../../src/engine/balance.ts';
import { openEngine } from '../../src/engine/duckdb.ts';
import { NO_FAULTS } from '../../src/engine/faults.ts';
import { ingestSource } from '../../src/engine/ingest/ingest.ts';
import { maintain } from '../../src/engine/maintain/maintain.ts';
import { deepBalance } from '../../src/engine/semantic/deep-balance.ts';
import { runSemantic } from '../../src/engine/semantic/job.ts';
import { openWorkspace } from '../../src/engine/workspace/open.ts';
import type { Workspace } from '../../src/engine/workspace/workspace.ts';
import { makeWorkspace, orderLines } from './orders.ts';

/** LEAN_OPS_LONG_BATCHES=1000 is the whole life, and takes its time. */
const BATCHES = Number(process.env.LEAN_OPS_LONG_BATCHES ?? 100);
/** Batches between two maintenances. */
const EVERY = 10;
const MESSAGES = 5;
/** Rows of the examples are few, so nothing but the number of batches grows. */
const CONFIG = `version: 1
maintenance:
  max_snapshots: ${EVERY}
  metadata_days: 0
`;
const signal = new AbortController().signal;

interface Figures {
  readonly files: number;
  /** Of the largest metadata file. */
  readonly metadataBytes: number;
  /** Median of the batches since the last maintenance, in milliseconds. */
  readonly batchMs: number;
}

/** File counts, metadata and the time of a batch stay what they are, however many batches came before. */
test(`${BATCHES} small batches with maintenance`, { timeout: 1_800_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
  makeWorkspace(folder, CONFIG);
  const workspace = await openWorkspace(folder, { clock: () => BigInt(Date.now()) * 1000n, environment: {} });
  const { tempDirectory } = workspace;
  const engine = await openEngine({ memoryLimit: '512MiB', threads: 1, tempDirectory });
  const options = { signal, faults: NO_FAULTS, engine: async () => engine };
  try {
    const random = randomFrom(20261124);
    const lines = orderLines();
    const history: Figures[] = [];
    let times: number[] = [];
    for (let batch = 1; batch <= BATCHES; batch++) {
      const part = Buffer.concat(Array.from({ length: MESSAGES }, () => random.pick(lines)));
      const started = performance.now();
      const source = { kind: 'stream', stream: Readable.from([part]) } as const;
      await ingestSource(workspace, 'orders', source, {
        ...options,
        again: false,
        onProgress: () => undefined,
      });
      await runSemantic(workspace, ['orders'], { ...options, onPhase: () => undefined });
      times.push(performance.now() - started);
      if (batch % EVERY !== 0) continue;
      await maintain(workspace, ['orders'], { ...options, dryRun: false, onTable: () => undefined });
      history.push({ ...figuresOf(workspace), batchMs: median(times) });
      times = [];
    }
    for (const [at, figures] of history.entries()) {
      if (at % 5 === 0 || at === history.length - 1)
        console.log(`after ${(at + 1) * EVERY} batches`, JSON.stringify(figures));
    }
    assert.equal((await measureBalance(workspace, 'orders')).status, 'balanced');
    assert.equal((await deepBalance(workspace, engine, 'orders'))?.status, 'equal');
    // By the third maintenance the tables have all the snapshots that they may keep.
    const settled = history.slice(2);
    const [first] = settled;
    assert.ok(first !== undefined && settled.length > 5);
    for (const { files, metadataBytes } of settled) {
      assert.ok(files <= first.files * 1.25, `${files} files, ${first.files} at first`);
      assert.ok(
        metadataBytes <= first.metadataBytes * 1.25,
        `${metadataBytes}, ${first.metadataBytes} at first`,
      );
    }
  } finally {
    engine.close();
    await workspace.close();
    rmSync(folder, { recursive: true });
  }
});

function figuresOf({ paths }: Workspace): Omit<Figures, 'batchMs'> {
  const entries = readdirSync(paths.warehouse, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = files.filter((path) => path.endsWith('.metadata.json')).map((path) => statSync(path).size);
  return { files: files.length, metadataBytes: Math.max(...sizes) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
