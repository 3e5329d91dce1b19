import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { loadContract } from '../../src/contract/load.ts';
import type { Topic } from '../../src/contract/model.ts';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { explainTopic } from '../../src/duckdb/explain/explain.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import { comparableSql, fromEngine, fromModel } from '../model/compare.ts';
import { ModelPipeline } from '../model/pipeline.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const expected = JSON.parse(readFileSync(join(ROOT, 'examples', 'orders', 'expected.json'), 'utf8'));
let folder = '';
let workspace = '';

function leanOps(...argv: string[]) {
  const bin = join(ROOT, 'bin', 'lean-ops.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [bin, ...argv, '--json', '--workspace', workspace],
    {
      encoding: 'utf8',
      cwd: folder,
      maxBuffer: 2 ** 28,
    },
  );
  return { status, stderr, json: JSON.parse(stdout) };
}

function messages(name: string): string {
  return join(folder, 'messages', `${name}.ndjson`);
}

function contract(topic: string): Topic {
  const file = join(workspace, 'topics', `${topic}.odcs.yaml`);
  const loaded = loadContract(file, readFileSync(file));
  assert.ok(loaded.ok);
  return loaded.topic;
}

function fatesOf(
  document: { ingest: Record<string, unknown>[]; semantic: Record<string, unknown>[] },
  topic: string,
) {
  const ingest = document.ingest.find((one) => one.topic === topic);
  const semantic = document.semantic.find((one) => one.topic === topic);
  const { received, raw, dead_lettered, by_error } = ingest ?? {};
  const { inserted, updated, duplicate, superseded, stale, rejected } = semantic ?? {};
  return {
    received,
    raw,
    dead_lettered,
    by_error,
    inserted,
    updated,
    duplicate,
    superseded,
    stale,
    rejected,
  };
}

/** The suite is one story: its tests follow one another on one workspace. */
suite('the main job on the examples', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
    workspace = join(folder, 'workspace');
    cpSync(join(ROOT, 'examples', 'messages'), join(folder, 'messages'), { recursive: true });
    for (const part of ['lean-ops.yaml', 'topics']) {
      cpSync(join(ROOT, 'examples', 'workspace', part), join(workspace, part), { recursive: true });
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  test('the first run has the documented fates, and every topic is balanced', () => {
    const { status, json } = leanOps('run');
    assert.equal(status, 0);
    assert.deepEqual(fatesOf(json, 'orders'), expected.orders);
    const earthquakes = fatesOf(json, 'earthquakes');
    assert.deepEqual([earthquakes.received, earthquakes.raw, earthquakes.inserted], [1707, 1707, 1707]);
    assert.equal(json.balance.status, 'balanced');
  });

  test('a second run changes nothing and says so', () => {
    const before = leanOps(
      'query',
      'SELECT * FROM semantic.orders ORDER BY order_id',
      '--limit',
      '10000',
    ).json;
    const { status, stderr, json } = leanOps('run');
    assert.equal(status, 0);
    assert.match(stderr, /nothing new/);
    assert.ok(json.ingest.every((one: { result: string }) => one.result === 'already_taken'));
    assert.ok(json.semantic.every((one: { result: string }) => one.result === 'no_new_data'));
    const again = leanOps(
      'query',
      'SELECT * FROM semantic.orders ORDER BY order_id',
      '--limit',
      '10000',
    ).json;
    assert.deepEqual(again, before);
  });

  test('a late delivery has updated, stale and duplicate rows', () => {
    const { status, json } = leanOps('run', `orders=${messages('orders-late')}`);
    assert.equal(status, 0);
    assert.deepEqual(fatesOf(json, 'orders'), expected['orders-late']);
  });

  test('the tables equal the model, row by row', async () => {
    const key = Buffer.from(readFileSync(join(workspace, 'secrets', 'masking.key'), 'utf8').trim(), 'hex');
    for (const [name, deliveries] of [
      ['orders', ['orders', 'orders-late']],
      ['earthquakes', ['earthquakes']],
    ] as const) {
      const topic = contract(name);
      const model = new ModelPipeline(topic, key);
      for (const delivery of deliveries) model.deliver(readFileSync(messages(delivery)));
      const { rows } = leanOps('query', comparableSql(topic), '--limit', '10000').json;
      assert.deepEqual(fromEngine(topic, rows), fromModel(topic, model.semantic.rows.values()), name);
    }
  });

  test('balance --deep: each residual is 0, and the tables equal what is derived from RAW', () => {
    const { status, json } = leanOps('balance', '--deep');
    assert.equal(status, 0);
    const equations = json.topics.flatMap((topic: { equations: { residual: number }[] }) => topic.equations);
    assert.ok(equations.length >= 10);
    assert.deepEqual([...new Set(equations.map((one: { residual: number }) => one.residual))], [0]);
  });

  test('explain agrees with the model on the fate of each reception', async () => {
    const topic = contract('orders');
    const model = new ModelPipeline(topic);
    for (const delivery of ['orders', 'orders-late']) model.deliver(readFileSync(messages(delivery)));
    const opened = await openWorkspace(workspace, { clock: () => 0n, environment: {} });
    const engine = await openEngine({
      memoryLimit: '512MiB',
      threads: 1,
      tempDirectory: opened.tempDirectory,
    });
    try {
      for (const number of ['000005', '000065', '000105', '000205', '000301', '002001']) {
        const key = `ORD-${number}`;
        const asked =
          number === '002001' ? { kind: 'message', text: `${key}/placed` } : { kind: 'key', text: key };
        const found = await explainTopic(opened, engine, 'orders', asked as { kind: 'key'; text: string });
        const own = model.log.filter(({ messageId }) => messageId.startsWith(`${key}/`));
        const sorted = (list: readonly { messageId: string; fate: string }[]) =>
          list.map(({ messageId, fate }) => `${messageId} ${fate}`).sort();
        assert.ok(found.length > 0, key);
        assert.deepEqual(sorted(found), sorted(own), key);
      }
    } finally {
      engine.close();
      await opened.close();
    }
  });

  test('the semantic, errors and drift tables have no personal data', () => {
    for (const table of ['orders', 'orders_errors', 'orders_drift']) {
      const { json } = leanOps('query', `FROM semantic.${table}`, '--limit', '10000');
      assert.ok(json.rows.length > 0);
      assert.doesNotMatch(JSON.stringify(json), /example\.org|\+49 30|DE\d{20}|Åkerström|Иванов/);
    }
  });

  test('dead letters keep the exact original bytes', () => {
    const { json } = leanOps('dlq', 'list', 'orders', '--code', 'BYTE_ORDER_MARK');
    assert.equal(json.dead_letters.length, 1);
    const shown = leanOps('dlq', 'show', json.dead_letters[0].id, '--reveal').json;
    const body = Buffer.from(shown.body_base64, 'base64');
    assert.ok(body.subarray(0, 4).equals(Buffer.from('\ufeff{')));
    assert.ok(readFileSync(messages('orders')).includes(body));
    assert.equal(leanOps('dlq', 'show', json.dead_letters[0].id).json.body_base64, undefined);
  });
});
