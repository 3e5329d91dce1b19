import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { randomFrom } from '../../examples/orders/random.mjs';
import type { Topic } from '../../src/contract/model.ts';
import { type ComparableRow, comparableSql, fromEngine, fromModel } from '../model/compare.ts';
import { ModelPipeline } from '../model/pipeline.ts';
import { makeWorkspace, orderLines } from './orders.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'lean-ops.mjs');
/** The smallest unit there is, so that one file takes several commits. */
const CONFIG = 'version: 1\ningest:\n  unit_size: 1MiB\n';
const COPIES = 3;
/** Fault points are the matter of test/crash; here chance chooses the instant. */
const KILLS = Number(process.env.LEAN_OPS_LONG_KILLS ?? 25);
const MASKING_KEY = 'ab'.repeat(32);

let folder = '';
let input = '';
let expected: readonly ComparableRow[] = [];

function leanOps(root: string, argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv, '--json', '--workspace', root], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, LEAN_OPS_MASKING_KEY: MASKING_KEY },
  });
}

/** What must hold after a rerun, whatever happened before it. */
function assertWhole(root: string, topic: Topic, what: string): void {
  const run = leanOps(root, ['run', `orders=${input}`]);
  assert.equal(run.status, 0, `${what}: ${run.stderr}`);
  const { rows } = JSON.parse(leanOps(root, ['query', comparableSql(topic), '--limit', '100000']).stdout);
  assert.deepEqual(fromEngine(topic, rows), expected, what);
  const balance = JSON.parse(leanOps(root, ['balance', '--deep']).stdout);
  assert.equal(balance.status, 'balanced', what);
  const doctor = leanOps(root, ['doctor', '--deep']);
  assert.equal(doctor.status, 0, `${what}: ${doctor.stderr}`);
  for (const place of ['staging', 'tmp'])
    assert.deepEqual(leftIn(join(root, 'data', place)), [], `${what}: ${place}`);
}

function leftIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true }).map(String);
}

suite('SIGKILL', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
    input = join(folder, 'orders.ndjson');
    const lines = orderLines();
    const shuffled = randomFrom(77).shuffle(Array.from({ length: COPIES }, () => lines).flat());
    writeFileSync(input, Buffer.concat(shuffled));
    const topic = makeWorkspace(join(folder, 'model'), CONFIG);
    const model = new ModelPipeline(topic, Buffer.from(MASKING_KEY, 'hex'));
    model.deliver(readFileSync(input));
    expected = fromModel(topic, model.semantic.rows.values());
  });
  after(() => rmSync(folder, { recursive: true }));

  test(`${KILLS} times at random moments, on one workspace`, { timeout: 1_800_000 }, async () => {
    const root = join(folder, 'random');
    const topic = makeWorkspace(root, CONFIG);
    const random = randomFrom(4711);
    let died = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const signal = await runAndKill(root, 100 + random.below(2_400));
      if (signal === 'SIGKILL') died++;
    }
    assert.ok(died > 0, 'no run was killed in its middle');
    assertWhole(root, topic, 'after random kills');
  });
});

/** Gives how the run ended: by the signal, or in time (null). */
function runAndKill(root: string, ms: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [BIN, 'run', `orders=${input}`, '--workspace', root], {
    stdio: 'ignore',
    env: { ...process.env, LEAN_OPS_MASKING_KEY: MASKING_KEY },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  return new Promise((resolve) => {
    child.on('exit', (_code, signal) => {
      clearTimeout(timer);
      resolve(signal);
    });
  });
}
