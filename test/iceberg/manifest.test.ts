import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { type EntryStatus, readManifest, writeManifest } from '../../src/iceberg/manifest.ts';
import type { PartitionValue } from '../../src/iceberg/partition-value.ts';
import { newTable, openWorkbench, type Workbench } from './workbench.ts';

const column = (name: string, type: string) => ({ name, type, required: false });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const count = fc.bigInt({ min: 0n, max: 2n ** 40n });
const ids = fc.integer({ min: 1, max: 50 });
const counts = fc.option(
  fc
    .dictionary(ids.map(String), count)
    .map((found) => new Map(Object.entries(found).map(([id, value]) => [Number(id), value]))),
);
const bounds = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => new Map([[7, bytes]])));

const dataFile: fc.Arbitrary<DataFile> = fc.record({
  content: fc.constantFrom('data' as const, 'position-deletes' as const),
  path: fc.string({ unit: 'grapheme' }),
  format: fc.constant('PARQUET'),
  specId: fc.constant(0),
  partition: fc.tuple<PartitionValue[]>(
    fc.option(fc.string({ unit: 'grapheme' })),
    fc.option(fc.integer()),
    fc.option(fc.bigInt({ min: -(10n ** 9n) + 1n, max: 10n ** 9n - 1n })),
    fc.option(long),
    fc.option(fc.boolean()),
    fc.option(fc.double({ noNaN: true })),
    fc.option(fc.nat(15)),
  ),
  recordCount: count,
  fileSize: count,
  columnSizes: counts,
  valueCounts: counts,
  nullValueCounts: counts,
  nanValueCounts: counts,
  lowerBounds: bounds,
  upperBounds: bounds,
  keyMetadata: fc.option(fc.uint8Array()),
  splitOffsets: fc.option(fc.array(count)),
  equalityIds: fc.option(fc.array(ids)),
  sortOrderId: fc.option(ids),
  referencedDataFile: fc.option(fc.string()),
});
const entry = fc.record({
  status: fc.constantFrom<EntryStatus>('added', 'existing', 'deleted'),
  snapshotId: long,
  file: dataFile,
});

suite('manifests', () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  test('entries are equal after encoding and decoding, and added ones inherit the manifest’s sequence number', async () => {
    const columns = [
      column('s', 'string'),
      column('d', 'date'),
      column('n', 'decimal(9, 2)'),
      column('t', 'timestamptz'),
      column('b', 'boolean'),
      column('f', 'double'),
    ];
    const identity = columns.map(({ name }) => ({ column: name, transform: 'identity' }));
    const partition = [...identity, { column: 's', transform: 'bucket[16]' }];
    const { metadata } = newTable(
      bench,
      { namespace: 'raw', name: 'm' },
      { columns, partition, properties: {} },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (generated) => {
        run += 1;
        const entries = generated.map((one) => {
          const own = one.status === 'added' ? 9n : 4n;
          return { ...one, sequenceNumber: own, fileSequenceNumber: own };
        });
        const location = `${bench.folder}/m${run}.avro`;
        const manifest = await writeManifest(localFiles, metadata, {
          location,
          content: 'data',
          specId: 0,
          entries,
          snapshotId: 77n,
          sequenceNumber: 9n,
        });
        const read = await readManifest(localFiles, metadata, manifest);
        assert.deepEqual(normal(read), normal(entries));
        const counted = (status: EntryStatus) => entries.filter((one) => one.status === status).length;
        assert.deepEqual(
          [manifest.added.files, manifest.existing.files, manifest.deleted.files],
          [counted('added'), counted('existing'), counted('deleted')],
        );
        const live = entries.filter((one) => one.status === 'existing').length > 0;
        assert.equal(manifest.minSequenceNumber, live ? 4n : 9n);
      }),
      { numRuns: 60 },
    );
  });
});

/** Compares buffers and byte arrays by their content. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`;
  if (value instanceof Map) return [...value].map(([key, item]) => [key, normal(item)]).sort();
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normal(item)]));
}
