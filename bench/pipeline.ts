import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../src/duckdb/engine/engine.ts';
import { NO_FAULTS } from '../src/embedded/faults.ts';
import { ingestSource } from '../src/embedded/ingest/ingest.ts';
import { runSemantic } from '../src/embedded/jobs/incremental.ts';
import { rebuild } from '../src/embedded/jobs/rebuild.ts';
import { defaultConfig } from '../src/embedded/workspace/default-config.ts';
import { openWorkspace } from '../src/embedded/workspace/open.ts';
import type { Workspace } from '../src/embedded/workspace/workspace.ts';
import { invariant } from '../src/errors/error.ts';
import { compare, type Measured } from './measure.ts';
import { ORDERS_CONTRACT, writeMessages } from './messages.ts';
import { copyLines, handRaw, handSemantic } from './yardstick.ts';

export const TOPIC = 'orders';

/** A folder with the messages, a workspace for each round, and an engine for each side. */
interface Bench {
  readonly folder: string;
  readonly messages: string;
  readonly total: number;
  readonly engine: Engine;
  readonly freshWorkspace: () => Promise<Workspace>;
}

/** Ingest, semantic job and both together, against the same by hand. */
export async function pipelineRows(total: number, rounds: number): Promise<readonly Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-bench-'));
  const engine = await openEngine({
    memoryLimit: '1GiB',
    threads: 2,
    tempDirectory: join(folder, 'spill'),
  });
  try {
    const messages = join(folder, 'orders.ndjson');
    await writeMessages(messages, total, 1);
    const bench: Bench = {
      folder,
      messages,
      total,
      engine,
      freshWorkspace: () => ordersWorkspace(folder),
    };
    return [await ingestRow(bench, rounds), await semanticRow(bench, rounds), await runRow(bench, rounds)];
  } finally {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function ingestRow(bench: Bench, rounds: number): Promise<Measured> {
  return compare(
    {
      name: 'ingest: file → committed RAW table',
      target: 1.5,
      atMost: true,
      yardstick: () => copyLines(bench.engine, bench.messages, join(bench.folder, 'lines.parquet')),
      ours: () => inWorkspace(bench, (workspace) => ingest(bench, workspace)),
    },
    rounds,
  );
}

async function semanticRow(bench: Bench, rounds: number): Promise<Measured> {
  const workspace = await bench.freshWorkspace();
  const raw = join(bench.folder, 'raw.parquet');
  try {
    await ingest(bench, workspace);
    await handRaw(bench.engine, bench.messages, raw);
    let first = true;
    return await compare(
      {
        name: 'semantic: RAW → committed semantic table',
        target: 1.2,
        atMost: true,
        yardstick: () => handSemantic(bench.engine, raw, join(bench.folder, 'semantic.parquet')),
        // After the first round a rebuild does the same work: all of RAW on an empty table.
        ours: async () => {
          const rows = first
            ? await semantic(bench, workspace)
            : (await rebuild(workspace, TOPIC, benchOptions(bench))).counts.rawRows;
          first = false;
          invariant(rows === bench.total, 'every row was processed');
        },
      },
      rounds,
    );
  } finally {
    await workspace.close();
  }
}

function runRow(bench: Bench, rounds: number): Promise<Measured> {
  const raw = join(bench.folder, 'raw.parquet');
  return compare(
    {
      name: 'run: file → committed semantic table + ledger',
      target: 1,
      atMost: true,
      yardstick: async () => {
        await handRaw(bench.engine, bench.messages, raw);
        await handSemantic(bench.engine, raw, join(bench.folder, 'semantic.parquet'));
      },
      ours: () =>
        inWorkspace(bench, async (workspace) => {
          await ingest(bench, workspace);
          await semantic(bench, workspace);
        }),
    },
    rounds,
  );
}

/** A new workspace below the folder, with the benches' one topic. */
export async function ordersWorkspace(folder: string): Promise<Workspace> {
  const root = await mkdtemp(join(folder, 'workspace-'));
  await writeFile(join(root, 'lean-ops.yaml'), defaultConfig({}));
  await mkdir(join(root, 'topics'));
  await writeFile(join(root, 'topics', `${TOPIC}.odcs.yaml`), ORDERS_CONTRACT);
  return openWorkspace(root, { clock: () => BigInt(Date.now()) * 1000n, environment: {} });
}

async function inWorkspace(bench: Bench, work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = await bench.freshWorkspace();
  try {
    await work(workspace);
  } finally {
    await workspace.close();
    await rm(workspace.paths.root, { recursive: true, force: true });
  }
}

export function benchOptions(bench: Pick<Bench, 'engine'>) {
  return {
    signal: new AbortController().signal,
    faults: NO_FAULTS,
    engine: async () => bench.engine,
    onPhase: () => undefined,
    onProgress: () => undefined,
    again: false,
  };
}

async function ingest(bench: Bench, workspace: Workspace): Promise<void> {
  const { raw } = await ingestSource(
    workspace,
    TOPIC,
    { kind: 'file', path: bench.messages },
    benchOptions(bench),
  );
  invariant(raw === bench.total, 'every message was taken');
}

async function semantic(bench: Bench, workspace: Workspace): Promise<number> {
  const [result] = await runSemantic(workspace, [TOPIC], benchOptions(bench));
  return result?.counts.rawRows ?? 0;
}
