import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workVerdicts } from '../../../src/cli/jobs/alerts-after-work.ts';
import type { Failure } from '../../../src/cli/jobs/each-task.ts';
import { loadContract } from '../../../src/contract/load.ts';
import type { Topic } from '../../../src/contract/model.ts';
import { type Engine, openEngine } from '../../../src/duckdb/engine/engine.ts';
import { checkAlerts } from '../../../src/embedded/alerts/check.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { ingestSource } from '../../../src/embedded/ingest/ingest.ts';
import { runSemantic } from '../../../src/embedded/jobs/incremental.ts';
import { rebuild } from '../../../src/embedded/jobs/rebuild.ts';
import { redrive } from '../../../src/embedded/jobs/redrive.ts';
import { maintain } from '../../../src/embedded/maintain/maintain.ts';
import { openWorkspace } from '../../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../../src/embedded/workspace/workspace.ts';
import { invariant, LeanOpsError } from '../../../src/errors/error.ts';
import type { ErrorCode } from '../../../src/errors/taxonomy.ts';
import type { BatchCounts } from '../../../src/semantic/fates.ts';
import { type ContractState, contractText, LIFE_TOPICS, type LifeTopic } from './contracts.ts';

const CONFIG = `version: 1
engine: { memory_limit: 512MiB, threads: 2 }
alerts: { stderr: false, file: alerts.ndjson }
maintenance: { min_files: 3, snapshot_days: 3 }
`;
const signal = new AbortController().signal;

/** A workspace with an engine and a clock that the test moves. Its methods do what the commands do. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'lean-ops-life-'));
  /** Microseconds since 1970. */
  now = 0n;
  engine!: Engine;
  workspace!: Workspace;
  private readonly failures = { ingest: [] as Failure[], semantic: [] as Failure[] };

  readonly options = {
    signal,
    faults: NO_FAULTS,
    engine: async () => this.engine,
    onPhase: () => undefined,
    onProgress: () => undefined,
  };

  static async open(now: bigint): Promise<World> {
    const world = new World();
    world.now = now;
    mkdirSync(join(world.folder, 'topics'));
    mkdirSync(join(world.folder, 'in'));
    writeFileSync(join(world.folder, 'lean-ops.yaml'), CONFIG);
    await world.reopen();
    const tempDirectory = world.workspace.tempDirectory;
    world.engine = await openEngine({ memoryLimit: '512MiB', threads: 2, tempDirectory });
    return world;
  }

  async close(): Promise<void> {
    this.engine.close();
    await this.workspace.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Opens it like a new process. */
  async reopen(): Promise<void> {
    await (this.workspace as Workspace | undefined)?.close();
    this.workspace = await openWorkspace(this.folder, { clock: () => this.now, environment: {} });
  }

  maskingKey(): Uint8Array {
    return Buffer.from(readFileSync(this.workspace.paths.maskingKey, 'utf8').trim(), 'hex');
  }

  /** The first half of a rotation. The rebuilds are the second half. */
  async rotateKey(): Promise<void> {
    writeFileSync(this.workspace.paths.maskingKey, `${randomBytes(32).toString('hex')}\n`);
    await this.reopen();
  }

  writeContract(topic: LifeTopic, state: ContractState): Topic {
    const file = join(this.folder, 'topics', `${topic}.odcs.yaml`);
    writeFileSync(file, contractText(topic, state));
    const loaded = loadContract(file, readFileSync(file));
    invariant(loaded.ok, `the contract of ${topic} loads: ${loaded.ok ? '' : loaded.problems[0]?.problem}`);
    return loaded.topic;
  }

  /** Writes the file of a day. Returns its path. */
  arrive(topic: LifeTopic, day: number, lines: readonly string[]): string {
    const path = join(this.folder, 'in', `${topic}-${day}.ndjson`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  /** Ingests files one after the other. Returns the code of the failure that ended it, or null. */
  async ingest(topic: LifeTopic, files: readonly string[]): Promise<ErrorCode | null> {
    return this.noted('ingest', topic, async () => {
      for (const path of files)
        await ingestSource(this.workspace, topic, { kind: 'file', path }, { ...this.options, again: false });
    });
  }

  /** Returns the fates of what was processed, or the code of the failure. */
  async semantic(topic: LifeTopic): Promise<BatchCounts | ErrorCode> {
    let counts: BatchCounts | null = null;
    const code = await this.noted('semantic', topic, async () => {
      const [result] = await runSemantic(this.workspace, [topic], this.options);
      counts = result?.counts ?? null;
    });
    return code ?? counts ?? assert.fail('one topic gives one result');
  }

  async rebuild(topic: LifeTopic): Promise<BatchCounts> {
    return (await rebuild(this.workspace, topic, this.options)).counts;
  }

  /** Redrives rejected rows. Returns the posted counts. */
  async redrive(topic: LifeTopic): Promise<BatchCounts> {
    return (await redrive(this.workspace, topic, { code: null, messageId: null }, this.options)).counts;
  }

  async maintain(): Promise<void> {
    const options = { ...this.options, dryRun: false, onTable: () => undefined };
    const results = await maintain(this.workspace, LIFE_TOPICS, options);
    assert.ok(results.every(({ result }) => result !== 'locked'));
  }

  /** Checks for problems after the day's work, like the commands. Returns the open alerts: `topic CODE`. */
  async look(): Promise<readonly string[]> {
    const { ingest, semantic } = this.failures;
    const work = [
      ...workVerdicts('ingest', LIFE_TOPICS, ingest.splice(0)),
      ...workVerdicts('semantic', LIFE_TOPICS, semantic.splice(0)),
    ];
    const look = { topics: LIFE_TOPICS, drift: LIFE_TOPICS, work, signal };
    const outlets = { environment: {}, writeLine: () => undefined };
    const { open, failures } = await checkAlerts(this.workspace, look, outlets);
    assert.deepEqual(failures, []);
    return open.map(({ topic, finding }) => `${topic} ${finding.code}`).sort();
  }

  /** Every notification in the file: `event topic CODE`. */
  notices(): readonly string[] {
    const lines = readFileSync(join(this.folder, 'alerts.ndjson'), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const { event, topic, code } = JSON.parse(line);
      return `${event} ${topic} ${code}`;
    });
  }

  private async noted(
    kind: 'ingest' | 'semantic',
    topic: LifeTopic,
    work: () => Promise<void>,
  ): Promise<ErrorCode | null> {
    try {
      await work();
      return null;
    } catch (error) {
      if (!(error instanceof LeanOpsError)) throw error;
      this.failures[kind].push({ topic, error });
      return error.code;
    }
  }
}
