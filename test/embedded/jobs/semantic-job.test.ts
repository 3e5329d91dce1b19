import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { tableFiles } from '../../../src/embedded/workspace/table-files.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { loadTable } from '../../../src/iceberg/table.ts';
import { workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

const CONTRACT = wrappedContract([
  ID,
  '{ name: amount, logicalType: number, physicalType: "decimal(10,2)", criticalDataElement: true }',
  '{ name: note, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: hash }] }',
]);

test('a batch assigns every RAW row one fate, and the next run finds nothing new', async () => {
  const bench = await workbench(CONTRACT);
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

test('a rebuild that masks more leaves no file of the replaced tables', async () => {
  const plain = CONTRACT.replace(
    ', classification: restricted, customProperties: [{ property: masking, value: hash }]',
    '',
  );
  const bench = await workbench(plain);
  try {
    await bench.putRaw([{ id: 'a1', time: 10n, payload: '{"id":"a","amount":1,"note":"canary"}' }]);
    await bench.run();
    await bench.putRaw([{ id: 'a2', time: 20n, payload: '{"id":"a","amount":2,"note":"canary two"}' }]);
    await bench.run();
    await bench.contract(CONTRACT);
    await bench.putRaw([{ id: 'b1', time: 30n, payload: '{"id":"b","amount":3,"note":"canary three"}' }]);
    await assert.rejects(bench.run(), { code: 'REBUILD_REQUIRED' });
    await bench.rebuild();
    const location = { namespace: 'semantic', name: 'things' };
    const table = await loadTable(localFiles, bench.workspace.catalog, location);
    assert.ok(table);
    assert.equal(table.metadata.snapshots.length, 1);
    const kept = new Set((await tableFiles(table)).map(({ path }) => path));
    const left = (await localFiles.list(table.metadata.location)).map((entry) => entry.location);
    assert.deepEqual(
      left.filter((path) => !kept.has(path) && !path.endsWith('.metadata.json')),
      [],
    );
    const rows = await bench.rows('things', 'id');
    assert.deepEqual(
      rows.map((row) => /^[0-9a-f]{64}$/.test(String(row.note))),
      [true, true],
    );
    const metadata = await Promise.all(
      left.filter((path) => !path.endsWith('.parquet')).map((path) => readFile(path)),
    );
    assert.ok(metadata.every((bytes) => !bytes.includes('canary')));
    assert.equal((await bench.run()).result, 'no_new_data');
  } finally {
    await bench.close();
  }
});
