import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { randomFrom } from '../../examples/orders/random.mjs';
import { deepBalance } from '../../src/duckdb/batch/deep-balance.ts';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { NO_FAULTS } from '../../src/embedded/faults.ts';
import { measureBalance } from '../../src/embedded/figures/balance.ts';
import { ingestSource } from '../../src/embedded/ingest/ingest.ts';
import { runSemantic } from '../../src/embedded/jobs/incremental.ts';
import { maintain } from '../../src/embedded/maintain/maintain.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { makeWorkspace, orderLines } from './orders.ts';

/** LEAN_OPS_LONG_BATCHES=1000 runs many more, and takes long. */
const BATCHES = Number(process.env.LEAN_OPS_LONG_BATCHES ?? 100);
/** Batches between two maintenances. */
const EVERY = 10;
const MESSAGES = 5;
/** The examples have few rows, so only the number of batches grows. */
const CONFIG = `version: 1
maintenance:
  max_snapshots: ${EVERY}
  metadata_days: 0
`;
const signal = new AbortController().signal;

interface Figures {
  readonly files: number;
  /** Bytes of the largest metadata file. */
  readonly metadataBytes: number;
  /** Processor time of a batch, all threads: median since the last maintenance. */
  readonly batchMs: number;
  /** Processor time of the maintenance. */
  readonly maintenanceMs: number;
}

/** The allowed growth factor. Files and bytes are exact, times are not. */
const SAME_SIZE = 1.25;
const SAME_TIME = 1.3;

/** File counts, metadata and the time of a batch do not depend on the number of batches before. */
test(`${BATCHES} small batches with maintenance`, async () => {
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
      const started = cpuMs();
      const source = { kind: 'stream', stream: Readable.from([part]) } as const;
      await ingestSource(workspace, 'orders', source, {
        ...options,
        again: false,
        onProgress: () => undefined,
      });
      await runSemantic(workspace, ['orders'], { ...options, onPhase: () => undefined });
      times.push(cpuMs() - started);
      if (batch % EVERY !== 0) continue;
      const maintained = cpuMs();
      await maintain(workspace, ['orders'], { ...options, dryRun: false, onTable: () => undefined });
      const maintenanceMs = Math.round(cpuMs() - maintained);
      history.push({ ...figuresOf(workspace), batchMs: median(times), maintenanceMs });
      times = [];
    }
    for (const [at, figures] of history.entries()) {
      if (at % 5 === 0 || at === history.length - 1)
        console.log(`after ${(at + 1) * EVERY} batches`, JSON.stringify(figures));
    }
    assert.equal((await measureBalance(workspace, 'orders')).status, 'balanced');
    assert.equal((await deepBalance(workspace, engine, 'orders'))?.status, 'equal');
    // At the third maintenance the tables have the maximum number of snapshots.
    const settled = history.slice(2);
    const part = Math.ceil(settled.length / 3);
    const [first, last] = [settled.slice(0, part), settled.slice(-part)];
    const [size] = settled;
    assert.ok(size !== undefined && settled.length > 5);
    for (const { files, metadataBytes } of settled) {
      assert.ok(files <= size.files * SAME_SIZE, `${files} files, ${size.files} at first`);
      assert.ok(
        metadataBytes <= size.metadataBytes * SAME_SIZE,
        `${metadataBytes}, ${size.metadataBytes} at first`,
      );
    }
    for (const time of ['batchMs', 'maintenanceMs'] as const) {
      const [before, after] = [first, last].map((each) => median(each.map((figures) => figures[time])));
      assert.ok(before !== undefined && after !== undefined);
      assert.ok(after <= before * SAME_TIME, `${time}: ${after}, ${before} at first`);
    }
  } finally {
    engine.close();
    await workspace.close();
    rmSync(folder, { recursive: true });
  }
});

/** Processor time of this process, all threads. Other processes do not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function figuresOf({ paths }: Workspace): Pick<Figures, 'files' | 'metadataBytes'> {
  const entries = readdirSync(paths.warehouse, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = files.filter((path) => path.endsWith('.metadata.json')).map((path) => statSync(path).size);
  return { files: files.length, metadataBytes: Math.max(...sizes) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
