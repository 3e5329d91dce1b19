import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../../src/embedded/workspace/config.ts';
import { defaultConfig } from '../../../src/embedded/workspace/default-config.ts';
import { topicBudget } from '../../../src/pipeline/batches/topic-budget.ts';

const problems = (text: string) => {
  const loaded = parseConfig('lean-ops.yaml', text);
  assert.ok(!loaded.ok, 'must be refused');
  return loaded.problems.map((each) => `${each.line} ${each.path}`);
};
const config = (text: string) => {
  const loaded = parseConfig('lean-ops.yaml', text);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
};

describe('lean-ops.yaml', () => {
  it('has the same meaning as init writes it and with defaults only', () => {
    assert.deepEqual(config(defaultConfig({})), config('version: 1\n'));
    assert.equal(config('version: 1').ingest.unitBytes, 128 * 2 ** 20);
    assert.ok(config('version: 1').engine.threads >= 1);
  });

  it('accepts one input or several per topic', () => {
    const text = defaultConfig({ orders: 'messages/orders.ndjson' });
    assert.deepEqual(config(text).inputs, { orders: ['messages/orders.ndjson'] });
    assert.deepEqual(config('version: 1\ninputs: { a: [x, y] }').inputs, { a: ['x', 'y'] });
  });

  it('uses the budgets of each topic, else those of the workspace', () => {
    const text = `version: 1
budgets:
  rejected_share: 0.2
  topics:
    orders: { rejected_share: 0.01, minimum: 7 }
`;
    const budgets = (topic: string) =>
      (['ingest', 'semantic'] as const).map((work) => topicBudget(config(text).budgets, topic, work));
    assert.deepEqual(budgets('payments'), [
      { share: 0.5, minimum: 100 },
      { share: 0.2, minimum: 100 },
    ]);
    assert.deepEqual(budgets('orders'), [
      { share: 0.5, minimum: 7 },
      { share: 0.01, minimum: 7 },
    ]);
    const wrong =
      'version: 1\nbudgets:\n  rejected_share: 2\n  topics:\n    orders: { minimum: 0, share: 1 }\n';
    assert.deepEqual(problems(wrong).sort(), [
      '3 budgets.rejected_share',
      '5 budgets.topics.orders.minimum',
      '5 budgets.topics.orders.share',
    ]);
  });

  it('says in words what a setting must be', () => {
    const expected: Readonly<Record<string, string>> = {
      '': 'expected a list of settings',
      'version: 2': 'expected 1',
      'version: 1\nengine: 5': 'expected a list of settings',
      'version: 1\nengine: { threads: 0 }': 'expected 1 or more',
      'version: 1\nengine: { memory_limit: 5 }': 'expected a text',
      'version: 1\nengine: { memory_limit: 5G }': 'expected a size such as 128MiB or 2GiB',
      'version: 1\nlease: { seconds: soon }': 'expected a number',
      'version: 1\nlease: { seconds: 86401 }': 'expected 86400 or less',
      'version: 1\nalerts: { stderr: 1 }': 'expected true or false',
      'version: 1\nalerts: { file: "" }': 'expected a text that is not empty',
      'version: 1\nalerts: { webhook: ftp://x }': 'expected an address that begins with https:// or http://',
      'version: 1\ninputs: { orders: 5 }': 'expected a text or a list',
      'version: 1\nversion: 1': 'Map keys must be unique',
    };
    for (const [text, problem] of Object.entries(expected)) {
      const loaded = parseConfig('lean-ops.yaml', text);
      assert.deepEqual(loaded.ok ? [] : loaded.problems.map((each) => each.problem), [problem], text);
    }
  });

  it('reports every problem at once, with its line', () => {
    const text = 'version: 2\nengine:\n  memory: 1GiB\n  threads: 0\nlease:\n  seconds: soon\nnonsense: 1\n';
    assert.deepEqual(problems(text).sort(), [
      '1 version',
      '3 engine.memory',
      '4 engine.threads',
      '6 lease.seconds',
      '7 nonsense',
    ]);
  });

  it('refuses sizes without a unit, missing version, broken YAML, aliases, other documents', () => {
    assert.deepEqual(problems('version: 1\ningest:\n  unit_size: 100\n'), ['3 ingest.unit_size']);
    assert.deepEqual(problems('version: 1\ningest:\n  unit_size: 1KiB\n'), ['3 ingest.unit_size']);
    assert.deepEqual(problems('engine: {}\n'), ['1 version']);
    assert.deepEqual(problems(''), ['1 ']);
    assert.deepEqual(problems('version: 1\nlease: {seconds: 5\n'), ['3 ']);
    assert.deepEqual(problems('version: 1\nversion: 1\n'), ['2 ']);
    assert.deepEqual(problems('version: 1\ninputs: {a: &x [b], c: *x}\n'), ['2 ']);
  });
});
