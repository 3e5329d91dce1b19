import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workbench } from './workbench.ts';

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: things
name: Things
version: 1.0.0
status: active
customProperties:
  - { property: envelope, value: wrapped }
schema:
  - name: things
    logicalType: object
    properties:
      - { name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }
      - { name: amount, logicalType: number, physicalType: "decimal(10,2)", criticalDataElement: true }
      - { name: note, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: hash }] }
`;

test('a batch gives every RAW row one fate, and a second look finds nothing', async () => {
  const bench = await workbench('things', CONTRACT);
  try {
    await bench.putRaw([
      { id: 'a1', time: 10n, payload: '{"id":"a","amount":1.5,"note":"x"}' },
      { id: 'a1', time: 10n, payload: '{"id":"a","amount":1.5,"note":"x"}' },
      { id: 'a2', time: 20n, payload: '{"id":"a","amount":2}' },
      { id: 'b1', time: 10n, payload: '{"id":"b","amount":"no"}' },
      { id: 'c1', time: 10n, payload: '{"id":"c","amount":3,"extra":1}' },
    ]);
    const result = await bench.run();
    assert.equal(result.result, 'processed');
    assert.deepEqual(result.counts, {
      rawRows: 5,
      inserted: 2,
      updated: 0,
      duplicate: 1,
      superseded: 1,
      stale: 0,
      rejected: 1,
    });
    assert.equal(result.rows, 2n);
    assert.equal((await bench.run()).result, 'no_new_data');
    await bench.putRaw([
      { id: 'a3', time: 30n, payload: '{"id":"a","amount":4}' },
      { id: 'c0', time: 5n, payload: '{"id":"c","amount":9}' },
      { id: 'c1', time: 10n, payload: '{"id":"c","amount":3,"extra":2}' },
      { id: 'b1', time: 10n, payload: '{"id":"b","amount":"no"}' },
    ]);
    const second = await bench.run();
    assert.deepEqual(second.counts, {
      rawRows: 4,
      inserted: 0,
      updated: 1,
      duplicate: 2,
      superseded: 1,
      stale: 0,
      rejected: 0,
    });
    const rows = await bench.rows('things', 'id');
    assert.deepEqual(
      rows.map((row) => [row.id, String(row.amount), row._message_id]),
      [
        ['a', '4.00', 'a3'],
        ['c', '3.00', 'c1'],
      ],
    );
  } finally {
    await bench.close();
  }
});
