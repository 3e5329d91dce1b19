import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadContract } from '../../../src/contract/load.ts';
import type { Topic } from '../../../src/contract/model.ts';
import { loadMaskingKey } from '../../../src/embedded/workspace/masking-key-file.ts';
import { invariant } from '../../../src/errors/error.ts';
import { readObject } from '../../model/json.ts';
import { type ModelRow, SemanticModel } from '../../model/semantic.ts';
import type { RawRow } from '../../sql/harness.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { wrappedContract } from '../../support/wrapped-contract.ts';

/**
 * Promise 2: under one contract the semantic table is a pure function of the set of messages. Messages are made to
 * collide on purpose: few ids, few times, few keys, values that break every gate.
 */
const CONTRACT = wrappedContract(
  [
    '{ name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: restricted, customProperties: [{ property: masking, value: hash }] }',
    '{ name: part, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 2 }',
    '{ name: amount, logicalType: number, physicalType: "decimal(10,2)", criticalDataElement: true }',
    '{ name: size, logicalType: number }',
    '{ name: at, logicalType: timestamp, partitioned: true, partitionKeyPosition: 1, customProperties: [{ property: transform, value: day }] }',
    '{ name: note, logicalType: string, logicalTypeOptions: { maxLength: 3 }, classification: restricted, customProperties: [{ property: masking, value: "partial:1" }] }',
    '{ name: ok, logicalType: boolean }',
  ],
  { custom: ['{ property: envelope, value: wrapped }', '{ property: acceptNumericStrings, value: true }'] },
);

const token = (...tokens: readonly string[]): fc.Arbitrary<string | null> => fc.constantFrom(null, ...tokens);

const payload = fc
  .record({
    id: token('"a"', '"b"', '"ä"', '"b"', '7'),
    part: token('1', '2', '2.0', '"1"', '1.5'),
    amount: token('1', '1.50', '2e1', '"3.25"', '"x"', '1.234'),
    size: token('0', '-0.0', '1.5', '1e-5', 'true'),
    at: token(
      '"2026-01-01T00:00:00Z"',
      '"2026-01-01T02:00:00+02:00"',
      '"2026-01-02T00:00:00.5Z"',
      '"2026-02-30T00:00:00Z"',
    ),
    note: token('"n"', '"nn"', '"nnnn"', '"\\u0000"'),
    ok: token('true', 'false', '"true"'),
    extra: token('1'),
  })
  .map(
    (fields) =>
      `{${Object.entries(fields)
        .flatMap(([name, value]) => (value === null ? [] : [`"${name}":${value}`]))
        .join(',')}}`,
  );

const message: fc.Arbitrary<RawRow> = fc.record({
  id: fc.constantFrom('m1', 'm2', 'm10', 'mä', 'm\u{1f600}', 'm\uffff'),
  time: fc.constantFrom(1n, 2n, 3n),
  payload,
  key: fc.constantFrom('k1', 'k2'),
});

const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 70 }), { minLength: 1, maxLength: 7 });

/** The table's rows as plain values; what the batch decides is left out. */
async function tableRows(bench: Workbench): Promise<readonly string[]> {
  const rows = await bench.rows('things', 'id, part');
  return rows.map((row) => {
    const { _batch_id, ...content } = row;
    return JSON.stringify(content, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  });
}

async function errorIds(bench: Workbench): Promise<readonly unknown[]> {
  return (await bench.rows('things_errors', 'error_id')).map((row) => row.error_id);
}

function modelKeys(model: SemanticModel): readonly string[] {
  return [...model.rows.values()]
    .map(
      (row: ModelRow) =>
        `${row.values.get('id')} ${row.values.get('part')} ${row.messageId} ${row.publishTime}`,
    )
    .sort();
}

async function load(workspaceKey: Workbench): Promise<{ topic: Topic; key: Uint8Array }> {
  const loaded = loadContract('things.odcs.yaml', Buffer.from(CONTRACT));
  invariant(loaded.ok, 'the contract loads');
  const key = await loadMaskingKey(workspaceKey.workspace.paths, {});
  invariant(key !== null, 'the workspace has a key');
  return { topic: loaded.topic, key: key.bytes };
}

async function feed(bench: Workbench, parts: readonly (readonly RawRow[])[]): Promise<void> {
  const { topic, key } = await load(bench);
  const model = new SemanticModel(topic, key);
  for (const part of parts) {
    await bench.putRaw(part);
    const { counts } = await bench.run();
    const fates = model.process(
      part.map((row) => ({
        messageId: row.id,
        publishTime: row.time,
        idempotencyKey: row.key ?? row.id,
        payload: readObject(Buffer.from(row.payload)),
      })),
    );
    const tally = (fate: string): number => fates.filter((each) => each === fate).length;
    const { rawRows, ...outcomes } = counts;
    assert.equal(rawRows, part.length);
    for (const [fate, rows] of Object.entries(outcomes))
      assert.equal(rows, tally(fate), `${fate} differs from the model`);
  }
  const rows = await bench.rows('things', 'id, part');
  const found = rows.map((row) => `${row.id} ${row.part} ${row._message_id} ${row._publish_time}`).sort();
  assert.deepEqual(found, modelKeys(model));
}

const RUNS = Number(process.env.LEAN_OPS_PROPERTY_RUNS ?? 8);

test('order, duplication, batch boundaries and rebuild change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.infiniteStream(fc.nat()), async (parts, random) => {
      const bench = await workbench(CONTRACT);
      const other = await workbench(CONTRACT);
      try {
        await feed(bench, parts);
        const shuffled = [...parts.flat(), ...(parts[0] ?? [])]
          .map((row) => ({ row, place: random.next().value ?? 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ row }) => row);
        await copyFile(bench.workspace.paths.maskingKey, other.workspace.paths.maskingKey);
        await feed(other, [shuffled]);
        assert.deepEqual(await tableRows(other), await tableRows(bench));
        assert.deepEqual(await errorIds(other), await errorIds(bench));
        const before = await tableRows(bench);
        const errors = await errorIds(bench);
        await bench.rebuild();
        assert.deepEqual(await tableRows(bench), before);
        assert.deepEqual(await errorIds(bench), errors);
      } finally {
        await bench.close();
        await other.close();
      }
    }),
    { numRuns: RUNS, seed: 20261123, endOnFailure: true },
  );
});
