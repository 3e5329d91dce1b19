import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadContract } from '../../src/contract/load.ts';
import { ROOT } from './terraform.ts';

const read = (...path: readonly string[]): Buffer => readFileSync(join(ROOT, ...path));

suite('Terraform and TypeScript agree', () => {
  test('the contracts in topics/ are those of the example workspace, and valid', () => {
    for (const file of readdirSync(join(ROOT, 'topics'))) {
      assert.deepEqual(read('topics', file), read('examples', 'workspace', 'topics', file));
      assert.ok(loadContract(file, read('topics', file)).ok, file);
    }
  });

  test('a unit of time has the same seconds in a contract and in main.tf', () => {
    const units = [
      ...read('main.tf')
        .toString()
        .matchAll(/for unit in (\[.+\]) : unit => (\d+) }/g),
    ].flatMap(([, names = '[]', seconds = '']) =>
      JSON.parse(names).map((name: string) => [name, Number(seconds)] as const),
    );
    assert.equal(units.length, 22);
    const orders = read('topics', 'orders.odcs.yaml').toString();
    for (const [unit, seconds] of units) {
      const text = orders.replace('value: 1\n    unit: d', `value: 2\n    unit: ${unit}`);
      const loaded = loadContract('orders.odcs.yaml', Buffer.from(text));
      assert.equal(loaded.ok && loaded.topic.freshness.lateSeconds, 2 * seconds, unit);
    }
  });
});
