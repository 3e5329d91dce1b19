import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadContract } from '../src/contract/load.ts';
import type { Topic } from '../src/contract/model.ts';
import { type DeliveryFates, ModelPipeline } from './model/pipeline.ts';

const EXAMPLES = join(import.meta.dirname, '..', 'examples');
const expected: Record<string, DeliveryFates> = JSON.parse(read('orders/expected.json').toString());

suite('examples', () => {
  test('the generator writes the checked-in order files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
    try {
      execFileSync(process.execPath, [join(EXAMPLES, 'generate-orders.mjs'), folder]);
      for (const file of ['messages/orders.ndjson', 'messages/orders-late.ndjson', 'orders/expected.json']) {
        assert.ok(readFileSync(join(folder, file)).equals(read(file)), file);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('the model finds the planted fates in both deliveries of orders', () => {
    const pipeline = new ModelPipeline(topic('orders'));
    assert.deepEqual(pipeline.deliver(read('messages/orders.ndjson')), expected.orders);
    assert.deepEqual(pipeline.deliver(read('messages/orders-late.ndjson')), expected['orders-late']);
  });

  test('the model inserts every earthquake', () => {
    const fates = new ModelPipeline(topic('earthquakes')).deliver(read('messages/earthquakes.ndjson'));
    assert.equal(fates.received, 1707);
    assert.equal(fates.inserted, 1707);
  });

  test('the README of the examples has the expected fates', () => {
    const readme = read('README.md').toString();
    for (const [delivery, fates] of Object.entries(expected)) {
      const { by_error, ...counts } = fates;
      for (const [name, count] of Object.entries(counts)) {
        const row =
          delivery === 'orders' ? `\\| ${name} \\| \\d+ \\| ${count} \\|` : `\\| ${name} \\| ${count} \\|`;
        assert.match(readme, new RegExp(row), `${delivery} ${name}`);
      }
      for (const [code, count] of Object.entries(by_error)) {
        assert.match(readme, new RegExp(`\\| ${code} \\| ${count} \\|`), code);
      }
    }
  });
});

function read(path: string): Buffer {
  return readFileSync(join(EXAMPLES, path));
}

function topic(name: string): Topic {
  const path = `workspace/topics/${name}.odcs.yaml`;
  const loaded = loadContract(path, read(path));
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return loaded.topic;
}
