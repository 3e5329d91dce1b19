import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../src/duckdb/engine/engine.ts';
import { ingestSource } from '../src/embedded/ingest/ingest.ts';
import { runSemantic } from '../src/embedded/jobs/incremental.ts';
import { compare, type Measured, median, secondsOf } from './measure.ts';
import { orderMessage, randomFrom, writeMessages } from './messages.ts';
import { benchOptions, ordersWorkspace, TOPIC } from './pipeline.ts';

/** What Lean-Ops costs while little or nothing happens: growth over commits, idle topics, the first second, memory. */
const BIN = join(import.meta.dirname, '..', 'bin', 'lean-ops.mjs');
const IDLE_ROUNDS = 200;
const AROUND = 5;

/** The last of `commits` small ingests against the tenth, and looking at a topic with nothing new. */
export async function commitRows(commits: number): Promise<readonly Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-bench-'));
  const engine = await openEngine({ memoryLimit: '1GiB', threads: 2, tempDirectory: join(folder, 'spill') });
  const workspace = await ordersWorkspace(folder);
  const options = benchOptions({ engine });
  try {
    const random = randomFrom(2);
    const seconds: number[] = [];
    for (let commit = 0; commit < commits; commit += 1) {
      const file = join(folder, `${commit}.ndjson`);
      await writeFile(file, `${orderMessage(commit, commits, random)}\n`);
      seconds.push(
        await secondsOf(async () => {
          await ingestSource(workspace, TOPIC, { kind: 'file', path: file }, options);
        }),
      );
    }
    const tenth = median(seconds.slice(10 - AROUND, 10 + AROUND));
    const last = median(seconds.slice(-2 * AROUND));
    await runSemantic(workspace, [TOPIC], options);
    const idle = await secondsOf(async () => {
      for (let round = 0; round < IDLE_ROUNDS; round += 1) await runSemantic(workspace, [TOPIC], options);
    });
    return [
      judged(`commit ${commits} over commit 10`, last, tenth, last / tenth, 1.5),
      judged('topic with nothing new (ms each)', idle, IDLE_ROUNDS / 1000, (idle / IDLE_ROUNDS) * 1000, 5),
    ];
  } finally {
    await workspace.close();
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** `lean-ops status` from a cold shell against a Node that does nothing. */
export async function coldStartRow(rounds: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-bench-'));
  const workspace = await ordersWorkspace(folder);
  await workspace.close();
  try {
    return await compare(
      {
        name: 'lean-ops status, cold shell',
        target: 4,
        atMost: true,
        ours: () => finished([BIN, 'status', '--workspace', workspace.paths.root]),
        yardstick: () => finished(['-e', '0']),
      },
      rounds,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Peak memory of `lean-ops run` over a file of `total` messages, in GiB. Linux only: the kernel keeps the peak. */
export async function memoryRow(total: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-bench-'));
  const workspace = await ordersWorkspace(folder);
  await workspace.close();
  try {
    const messages = join(folder, 'orders.ndjson');
    await writeMessages(messages, total, 3);
    let peak = 0;
    const seconds = await secondsOf(async () => {
      peak = await peakOf([BIN, 'run', `${TOPIC}=${messages}`, '--workspace', workspace.paths.root]);
    });
    return judged(`peak memory of run, ${total} messages (GiB)`, seconds, Number.NaN, peak, 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function finished(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
}

async function peakOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  let peak = 0;
  const look = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 100);
  const [code] = await once(child, 'exit');
  clearInterval(look);
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  return peak / 2 ** 20;
}

function judged(name: string, ours: number, yardstick: number, ratio: number, target: number): Measured {
  return { name, ours, yardstick, ratio, target: `≤ ${target}`, met: ratio <= target };
}
