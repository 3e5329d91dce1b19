import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../../examples/orders/random.mjs';
import { FAULT_VARIABLE } from '../../src/embedded/faults.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'bin', 'lean-ops.mjs');
const EXAMPLES = join(ROOT, 'examples');
const MASKING_KEY = 'c0ffee'.repeat(10);
/** Too long for the scanner's memory: the body goes into a separate file. */
const LONG_BYTES = 1_500_000;
const NEWLINE = 0x0a;

/** The smallest possible unit, so that one file takes several commits. */
const CONFIG = (topics: readonly string[]): string => `version: 1
inputs:
${topics.map((topic) => `  ${topic}: ../messages/${topic}.ndjson\n`).join('')}ingest:
  unit_size: 1MiB
engine:
  memory_limit: 512MiB
  threads: 1
`;

/** Makes all maintenance due at once. */
export function eager(root: string): void {
  const settings = ['min_files: 2', 'max_snapshots: 1', 'metadata_days: 0'];
  appendFileSync(
    join(root, 'lean-ops.yaml'),
    `maintenance:\n${settings.map((line) => `  ${line}\n`).join('')}`,
  );
}

/** The environment of all workspaces. The same key gives the same hashes. */
export const ENVIRONMENT: Readonly<Record<string, string>> = { LEAN_OPS_MASKING_KEY: MASKING_KEY };

export interface Ended {
  /** null if a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Called {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the command line in a child process. `wrapper` precedes it: `['prlimit', '--fsize=1']`. */
export function start(
  root: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  wrapper: readonly string[] = [],
): Called {
  const [program = '', ...rest] = [...wrapper, process.execPath, BIN, ...argv, '--workspace', root];
  const child = spawn(program, rest, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, stdout, stderr }));
  return { child, ended };
}

export function call(
  root: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return start(root, argv, env).ended;
}

/** Runs a command that must succeed. Returns its JSON document. */
export async function succeed(root: string, ...argv: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await call(root, [...argv, '--json', '--quiet']);
  assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Runs a command that must die at the fault point. */
export async function dieAt(root: string, fault: string, ...argv: readonly string[]): Promise<void> {
  const { signal, status, stderr } = await call(root, argv, { [FAULT_VARIABLE]: fault });
  assert.equal(signal, 'SIGKILL', `${argv.join(' ')} did not pass ${fault} (exit ${status}): ${stderr}`);
}

/** Asserts one clear line with the code, no stack and no INTERNAL. */
export function assertSays(ended: Ended, status: number, code: string, words: RegExp): void {
  const text = ended.stderr + ended.stdout;
  assert.equal(ended.signal, null, text);
  assert.equal(ended.status, status, text);
  assert.match(text, new RegExp(`^${code} while `, 'm'));
  assert.match(text, words);
  assert.doesNotMatch(text, /INTERNAL|^\s+at /m);
}

/** A folder with the messages of the examples, in which tests make workspaces. */
export interface Bench {
  readonly folder: string;
  /** The first delivery. */
  readonly orders: string;
  /** The second delivery of the examples. */
  readonly late: string;
  /** Makes a workspace with both topics, or with the given ones. Returns its folder. */
  readonly workspace: (name: string, topics?: readonly string[]) => string;
  readonly remove: () => void;
}

export function openBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'lean-ops-crash-'));
  const messages = join(folder, 'messages');
  mkdirSync(messages);
  const orders = join(messages, 'orders.ndjson');
  writeFileSync(orders, manyOrders());
  writeFileSync(join(messages, 'earthquakes.ndjson'), firstLines(example('earthquakes'), 300));
  const late = join(messages, 'orders-late.ndjson');
  writeFileSync(late, example('orders-late'));
  return {
    folder,
    orders,
    late,
    workspace: (name, topics = ['orders', 'earthquakes']) => {
      const root = join(folder, name);
      mkdirSync(join(root, 'topics'), { recursive: true });
      for (const topic of topics) {
        const contract = join('topics', `${topic}.odcs.yaml`);
        cpSync(join(EXAMPLES, 'workspace', contract), join(root, contract));
      }
      writeFileSync(join(root, 'lean-ops.yaml'), CONFIG(topics));
      return root;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function example(name: string): Buffer {
  return readFileSync(join(EXAMPLES, 'messages', `${name}.ndjson`));
}

/** Five units: the orders twice, shuffled, and two lines that are too long for a record. */
function manyOrders(): Buffer {
  const lines = linesOf(example('orders'));
  const random = randomFrom(20261123);
  const all = random.shuffle([...lines, ...lines.filter(({ length }) => length < 10_000)]);
  const long = (text: string): Buffer => Buffer.from(`{"text":"${text.repeat(LONG_BYTES)}"}\n`);
  return Buffer.concat([
    ...all.slice(0, 100),
    long('x'),
    ...all.slice(100, 1_500),
    long('y'),
    ...all.slice(1_500),
  ]);
}

function firstLines(bytes: Buffer, count: number): Buffer {
  return Buffer.concat(linesOf(bytes).slice(0, count));
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at) + 1;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}

/** Runs a command. Returns the native libraries that its process had loaded at the end. */
export async function librariesOf(
  root: string,
  folder: string,
  ...argv: readonly string[]
): Promise<readonly string[]> {
  const out = join(folder, 'libraries.json');
  const hook = join(folder, 'libraries.mjs');
  writeFileSync(
    hook,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.report.getReport().sharedObjects)));`,
  );
  const { status, stderr } = await call(root, argv, { NODE_OPTIONS: `--import ${hook}` });
  assert.ok(status === 0 || status === 1, stderr);
  const libraries: readonly string[] = JSON.parse(readFileSync(out, 'utf8'));
  return libraries;
}
