import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../../src/engine/workspace/config.ts';
import { defaultConfig } from '../../../src/engine/workspace/default-config.ts';

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
  it('means the same written out by init and left to its defaults', () => {
    assert.deepEqual(config(defaultConfig({})), config('version: 1\n'));
    assert.equal(config('version: 1').ingest.unitBytes, 128 * 2 ** 20);
    assert.ok(config('version: 1').engine.threads >= 1);
  });

  it('takes one input or several for a topic', () => {
    const text = defaultConfig({ orders: 'messages/orders.ndjson' });
    assert.deepEqual(config(text).inputs, { orders: ['messages/orders.ndjson'] });
    assert.deepEqual(config('version: 1\ninputs: { a: [x, y] }').inputs, { a: ['x', 'y'] });
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
