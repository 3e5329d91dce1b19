import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, randomFrom } from '../../../examples/orders/random.mjs';
import type { Topic } from '../../../src/contract/model.ts';
import { deepBalance } from '../../../src/duckdb/batch/deep-balance.ts';
import { queryWorkspace } from '../../../src/duckdb/tables/query.ts';
import { replayDeadLetters } from '../../../src/embedded/dead-letters/replay.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { measureFreshness } from '../../../src/embedded/figures/freshness.ts';
import type { ErrorCode } from '../../../src/errors/taxonomy.ts';
import { discardDeadLetters } from '../../../src/pipeline/dead-letters/discard.ts';
import { openLetters } from '../../../src/pipeline/dead-letters/open-letters.ts';
import type { BatchCounts } from '../../../src/semantic/fates.ts';
import { comparableSql, fromEngine, fromModel } from '../../model/compare.ts';
import { type FateCounts, TopicLife } from '../../model/life.ts';
import { type ContractState, FIRST_CONTRACTS, LIFE_TOPICS, type LifeTopic } from './contracts.ts';
import { type Mood, messagesOf } from './producers.ts';
import { World } from './world.ts';

/** 06:00 UTC, when the files of the day are ingested. */
const FIRST_RUN = Date.UTC(2030, 2, 1, 6);
const DAY_MS = 86_400_000;
const MICROS_PER_MS = 1_000n;
/** How far a publish time may be in the future. */
const MAX_FUTURE = 24n * 3_600_000_000n;
const MAX_ROWS = 100_000;

/** The workspace and its model, side by side. */
export class Life {
  readonly world: World;
  readonly random: Random;
  day = 0;
  private contracts: ContractState = FIRST_CONTRACTS;
  private readonly topics = new Map<LifeTopic, Topic>();
  private readonly models = new Map<LifeTopic, TopicLife>();

  private constructor(world: World, seed: number) {
    this.world = world;
    this.random = randomFrom(seed);
  }

  static async begin(seed: number): Promise<Life> {
    const life = new Life(await World.open(BigInt(FIRST_RUN) * MICROS_PER_MS), seed);
    for (const topic of LIFE_TOPICS) {
      const contract = life.world.writeContract(topic, life.contracts);
      life.topics.set(topic, contract);
      life.models.set(topic, new TopicLife(contract, life.world.maskingKey(), MAX_FUTURE));
    }
    return life;
  }

  /** Moves the clock to the day's run. */
  dawn(day: number): void {
    this.day = day;
    this.world.now = BigInt(FIRST_RUN + day * DAY_MS) * MICROS_PER_MS;
  }

  model(topic: LifeTopic): TopicLife {
    return this.models.get(topic) ?? assert.fail(topic);
  }

  /** A day's lines of a topic. */
  produce(topic: LifeTopic, mood: Mood): readonly string[] {
    return messagesOf(topic, this.random, FIRST_RUN + this.day * DAY_MS, mood);
  }

  /** Ingests lines as one file, in workspace and model. `halts`: the unit exceeds its error budget. */
  async take(topic: LifeTopic, lines: readonly string[], name: number, halts = false): Promise<void> {
    const file = this.world.arrive(topic, name, lines);
    const before = await this.received(topic);
    assert.equal(await this.world.ingest(topic, [file]), halts ? 'TOPIC_HALTED' : null);
    const intake = this.model(topic).take(lines, this.world.now);
    const after = await this.received(topic);
    assert.deepEqual(
      {
        received: after.received - before.received,
        raw: after.raw - before.raw,
        dead: after.dead - before.dead,
      },
      intake,
      `${topic} on day ${this.day}`,
    );
  }

  /** Processes what has arrived. `refused`: the code with which the job must refuse instead. */
  async process(topic: LifeTopic, refused: ErrorCode | null = null): Promise<void> {
    const found = await this.world.semantic(topic);
    if (refused !== null) assert.equal(found, refused, `${topic} on day ${this.day}`);
    else this.sameFates(topic, found, this.model(topic).process());
  }

  /** Changes the contract. `refused`: the table must not follow it, so neither does the model. */
  change(topic: LifeTopic, parts: Partial<ContractState>, refused = false): void {
    const next = { ...this.contracts, ...parts };
    const contract = this.world.writeContract(topic, next);
    if (refused) return;
    const known = this.topics.get(topic)?.hash === contract.hash;
    this.contracts = next;
    this.topics.set(topic, contract);
    if (!known) this.model(topic).evolve(contract);
  }

  /** Changes the masking key. Topics that hash refuse to continue until they are rebuilt. */
  async rotateKey(topics: readonly LifeTopic[]): Promise<void> {
    await this.world.rotateKey();
    for (const topic of topics) await this.process(topic, 'MASKING_KEY_CHANGED');
    const open = await this.world.look();
    assert.deepEqual(
      open,
      [...topics].sort().map((topic) => `${topic} MASKING_KEY_CHANGED`),
    );
    for (const topic of topics) {
      const fates = this.model(topic).rebuild(this.world.maskingKey());
      this.sameFates(topic, await this.world.rebuild(topic), fates);
    }
  }

  /** Redrives rejected rows under the current contract. */
  async redrive(topic: LifeTopic): Promise<void> {
    const { rejected, ...fates } = await this.world.redrive(topic);
    const expected = this.model(topic).redrive();
    assert.ok(
      expected.inserted + expected.updated + expected.superseded + expected.stale > 0,
      'some come back',
    );
    const { rejected: again, ...others } = expected;
    const taken = Object.values(expected).reduce((sum, count) => sum + count, 0);
    assert.deepEqual({ ...fates, rejected }, { rawRows: 0, ...others, rejected: again - taken });
  }

  /** Replays open dead letters unchanged; `lines` are their bodies. */
  async replay(topic: LifeTopic, code: ErrorCode, lines: readonly string[]): Promise<void> {
    const [letters] = await openLetters(this.world.workspace.store, { topic, errorCode: code });
    assert.equal(letters?.ids.length, lines.length);
    await this.replayed(topic, letters?.ids ?? [], null, lines);
  }

  /** Replays one dead letter with a body that a person fixed. */
  async replayMended(topic: LifeTopic, id: string, line: string): Promise<void> {
    const path = join(this.world.folder, 'fixed.json');
    writeFileSync(path, line);
    await this.replayed(topic, [id], path, [line]);
  }

  async discard(topic: LifeTopic): Promise<number> {
    const [letters] = await openLetters(this.world.workspace.store, { topic });
    const options = { ...this.world.options, reason: 'looked at by a person' };
    const { workspace } = this.world;
    return discardDeadLetters(workspace, workspace.owner, letters?.ids ?? [], options);
  }

  /** Asserts what must hold for every topic at the end of every day. */
  async examine(): Promise<void> {
    for (const topic of LIFE_TOPICS) {
      const { workspace, engine } = this.world;
      const where = `${topic} on day ${this.day}`;
      const balance = await measureBalance(workspace, topic);
      assert.equal(balance.status, 'balanced', `${where}: ${JSON.stringify(balance.equations)}`);
      const deep = await deepBalance(workspace, engine, topic);
      assert.deepEqual([deep?.differing, deep?.differingErrors], [0, 0], `${where}: ${deep?.keys.join()}`);
      await this.sameTable(topic, where);
    }
  }

  /** `topic STATE` for all that are not FRESH. */
  async freshness(): Promise<readonly string[]> {
    const all = await Promise.all(LIFE_TOPICS.map((topic) => measureFreshness(this.world.workspace, topic)));
    return all.filter(({ state }) => state !== 'FRESH').map(({ topic, state }) => `${topic} ${state}`);
  }

  private async sameTable(topic: LifeTopic, where: string): Promise<void> {
    const contract = this.topics.get(topic) ?? assert.fail(topic);
    const sql = comparableSql(contract);
    const { columns, rows } = await queryWorkspace(
      this.world.workspace,
      sql,
      MAX_ROWS,
      this.world.options.signal,
    );
    const objects = rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
    const expected = fromModel(contract, this.model(topic).semantic.rows.values());
    assert.deepEqual(fromEngine(contract, objects), expected, where);
  }

  private async replayed(
    topic: LifeTopic,
    ids: readonly string[],
    repairedBody: string | null,
    lines: readonly string[],
  ): Promise<void> {
    const options = { ...this.world.options, repairedBody };
    const result = await replayDeadLetters(this.world.workspace, { topic, ids }, options);
    const { raw, dead } = this.model(topic).take(lines, this.world.now);
    assert.deepEqual([result.raw, result.deadLettered], [raw, dead], `${topic} on day ${this.day}`);
  }

  private sameFates(topic: LifeTopic, found: BatchCounts | ErrorCode, expected: FateCounts): void {
    assert.ok(typeof found !== 'string', `${topic} on day ${this.day}: ${String(found)}`);
    const { rawRows: _rawRows, ...fates } = found;
    assert.deepEqual(fates, expected, `${topic} on day ${this.day}`);
  }

  private async received(topic: LifeTopic): Promise<{ received: number; raw: number; dead: number }> {
    const { received, raw, deadLettered } = (await this.world.workspace.store.checkpoint(topic)).totals;
    return { received, raw, dead: deadLettered };
  }
}
