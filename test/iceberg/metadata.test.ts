import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LeanOpsError } from '../../src/errors/error.ts';
import { currentSnapshot, formatMetadata, parseMetadata, snapshotById } from '../../src/iceberg/metadata.ts';

/** As Iceberg for Java writes it, with an unknown key in each object that Lean-Ops writes again. */
const JAVA = {
  'format-version': 2,
  'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
  location: '/warehouse/t',
  'last-sequence-number': 3,
  'last-updated-ms': 1602638573590,
  'last-column-id': 1,
  'current-schema-id': 0,
  schemas: [{ type: 'struct', 'schema-id': 0, fields: [{ id: 1, name: 'x', required: true, type: 'long' }] }],
  'default-spec-id': 0,
  'partition-specs': [{ 'spec-id': 0, fields: [] }],
  'last-partition-id': 999,
  'default-sort-order-id': 0,
  'sort-orders': [{ 'order-id': 0, fields: [] }],
  properties: { owner: 'root' },
  'current-snapshot-id': -1,
  refs: {},
  snapshots: [],
  statistics: [],
  'partition-statistics': [{ 'snapshot-id': 'LONG' }],
  'snapshot-log': [],
  'metadata-log': [],
  'some-later-key': { 'max-ref-age-ms': 5, ratio: 1.5 },
};
const TEXT = JSON.stringify(JAVA).replace('"LONG"', '9223372036854775807');

suite('table metadata', () => {
  test('is written back as it was read, with unknown keys', () => {
    assert.equal(formatMetadata(parseMetadata(TEXT, 'x')), TEXT);
  });

  test('longs of any size are bigint', () => {
    const metadata = parseMetadata(TEXT, 'x');
    assert.equal(metadata['last-updated-ms'], 1602638573590n);
    assert.equal(metadata['last-column-id'], 1);
    assert.match(formatMetadata(metadata), /9223372036854775807/);
  });

  test('the current snapshot -1 means that there is none', () => {
    const metadata = parseMetadata(TEXT, 'x');
    assert.equal(metadata['current-snapshot-id'], null);
    assert.equal(currentSnapshot(metadata), null);
  });

  test('keys that the specification lets writers leave out get their defaults', () => {
    const { snapshots, refs, properties, 'snapshot-log': log, ...bare } = JAVA;
    const metadata = parseMetadata(JSON.stringify(bare), 'x');
    assert.deepEqual(metadata.snapshots, snapshots);
    assert.deepEqual(metadata.refs, refs);
    assert.deepEqual(metadata['snapshot-log'], log);
    assert.notDeepEqual(metadata.properties, properties);
  });

  test('an unknown snapshot is NOT_FOUND', () => {
    assert.throws(() => snapshotById(parseMetadata(TEXT, 'x'), 5n), { code: 'NOT_FOUND' });
  });

  for (const [what, text, code] of [
    ['no JSON', '{', 'METADATA_INVALID_FILE'],
    ['no object', '7', 'METADATA_INVALID_FILE'],
    ['an empty file', '', 'METADATA_INVALID_FILE'],
    ['no location', JSON.stringify({ ...JAVA, location: undefined }), 'METADATA_INVALID_FILE'],
    ['format version 1', JSON.stringify({ ...JAVA, 'format-version': 1 }), 'TABLE_UNSUPPORTED'],
    ['format version 3', JSON.stringify({ ...JAVA, 'format-version': 3 }), 'TABLE_UNSUPPORTED'],
  ] as const) {
    test(`${what}: ${code}, with the file's name`, () => {
      assert.throws(
        () => parseMetadata(text, '/warehouse/t/metadata/1.json'),
        (error) =>
          error instanceof LeanOpsError &&
          error.code === code &&
          error.details.file === '/warehouse/t/metadata/1.json',
      );
    });
  }
});
