import assert from 'node:assert/strict';
import { readdir, stat, truncate } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { hashFile } from '../../../src/base/hash-file.ts';
import { tableRelation } from '../../../src/duckdb/parquet/table-relation.ts';
import { writeDataFiles } from '../../../src/duckdb/parquet/write-data-files.ts';
import { compareValues, decodeBound } from '../../../src/iceberg/bounds.ts';
import type { DataFile } from '../../../src/iceberg/data-file.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSchema } from '../../../src/iceberg/metadata.ts';
import type { PartitionValue } from '../../../src/iceberg/partition-value.ts';
import type { Table } from '../../../src/iceberg/table.ts';
import { applyTransform, parseTransform } from '../../../src/iceberg/transforms.ts';
import { dataFiles, newTable, openWorkbench, type Workbench } from '../../iceberg/workbench.ts';

const column = (name: string, type: string, required = false) => ({ name, type, required });

/** Each type with the transforms that fit it, values, and SQL that gives a value exactly. */
const KINDS: readonly {
  type: string;
  transforms: readonly string[];
  value: fc.Arbitrary<PartitionValue>;
  sql: (value: PartitionValue) => string;
}[] = [
  {
    type: 'timestamptz',
    transforms: ['hour', 'day', 'month', 'bucket[7]', 'identity'],
    // Years 1 to 9999: what RFC 3339 can say.
    value: fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }),
    sql: (value) => `make_timestamptz(${value}::BIGINT)`,
  },
  {
    type: 'date',
    transforms: ['day', 'month', 'bucket[7]', 'identity'],
    value: fc.integer({ min: -719_162, max: 2_932_896 }),
    sql: (value) => `DATE '1970-01-01' + ${value}::INTEGER`,
  },
  {
    type: 'long',
    transforms: ['identity', 'bucket[7]'],
    value: fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
    sql: (value) => `(${value})::BIGINT`,
  },
  {
    type: 'int',
    transforms: ['identity', 'bucket[7]'],
    value: fc.integer(),
    sql: (value) => `(${value})::INTEGER`,
  },
  {
    type: 'string',
    transforms: ['identity', 'bucket[7]'],
    value: fc.string({ unit: 'grapheme' }),
    // NUL ends an SQL text for some readers; as a value it is legal.
    sql: (value) => `'${String(value).replaceAll("'", "''").replaceAll('\0', "'||chr(0)||'")}'`,
  },
  {
    type: 'decimal(20, 3)',
    transforms: ['identity', 'bucket[7]'],
    value: fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }),
    sql: (value) => `'${decimalText(BigInt(String(value)))}'::DECIMAL(20, 3)`,
  },
  { type: 'boolean', transforms: ['identity'], value: fc.boolean(), sql: (value) => `${value}` },
];

suite('writing data files', () => {
  let bench: Workbench;
  let tables = 0;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  const table = (
    columns: readonly ReturnType<typeof column>[],
    partition: readonly { column: string; transform: string }[] = [],
  ): Table => {
    tables += 1;
    return newTable(bench, { namespace: 'raw', name: `t${tables}` }, { columns, partition, properties: {} });
  };

  for (const { type, transforms, value, sql } of KINDS) {
    test(`${type}: partition values and bounds agree with the transforms in TypeScript`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(value), { minLength: 1, maxLength: 8 }), async (values) => {
          const one = table(
            [column('id', 'int'), column('v', type)],
            transforms.map((transform) => ({ column: 'v', transform })),
          );
          const rows = values.map(
            (item, index) =>
              `SELECT ${index}::INTEGER AS id, ${item === null ? `NULL::${sqlType(type)}` : sql(item)} AS v`,
          );
          const files = await dataFiles(bench, one, rows.join(' UNION ALL '));
          const expected = new Map(
            values.map((item) => [JSON.stringify(tuple(transforms, type, item), text), item]),
          );
          assert.deepEqual(
            files.map((file) => JSON.stringify(file.partition, text)).sort(),
            [...expected.keys()].sort(),
          );
          for (const file of files)
            checkBounds(
              type,
              file,
              values.filter(
                (item) =>
                  JSON.stringify(tuple(transforms, type, item), text) ===
                  JSON.stringify(file.partition, text),
              ),
            );
        }),
        { numRuns: 12, endOnFailure: true },
      );
    });
  }

  test('a query without rows leaves no file, not even on disk', async () => {
    const one = table([column('id', 'int')]);
    assert.deepEqual(await dataFiles(bench, one, 'SELECT 1::INTEGER AS id WHERE false'), []);
    assert.deepEqual(await readdir(`${one.metadata.location}/data`), []);
  });

  test('files are private, named by their work, and match their checksum and size', async () => {
    const one = table([column('id', 'int')]);
    const [written] = await writeDataFiles(bench.engine, {
      select: 'SELECT 1::INTEGER AS id',
      table: one.metadata,
      workId: 'work-7',
      withoutBounds: new Set(),
    });
    assert.ok(written !== undefined);
    const { size, mode } = await stat(written.file.path);
    assert.equal(BigInt(size), written.file.fileSize);
    assert.equal(mode & 0o777, 0o600);
    assert.match(written.file.path, /\/data\/work-7_[^/]*\.parquet$/);
    assert.equal(await hashFile(written.file.path), written.sha256);
  });

  test('columns without bounds have counts, but no bounds', async () => {
    const one = table([column('id', 'int'), column('payload', 'string')]);
    const [file] = await dataFiles(bench, one, "SELECT 1::INTEGER AS id, 'secret' AS payload", {
      withoutBounds: new Set(['payload']),
    });
    assert.deepEqual([...(file?.lowerBounds?.keys() ?? [])], [1]);
    assert.equal(file?.valueCounts?.get(2), 1n);
  });

  test('NaN and signed zero: bounds include all values', async () => {
    const one = table([column('a', 'double'), column('b', 'double'), column('c', 'double')]);
    const [file] = await dataFiles(
      bench,
      one,
      "SELECT a::DOUBLE AS a, b::DOUBLE AS b, c::DOUBLE AS c FROM (VALUES ('nan', '0.0', 'inf'), ('1', '-0.0', '-inf')) t(a, b, c)",
    );
    assert.equal(file?.lowerBounds?.has(1), false);
    assert.ok(Object.is(decodeBound('double', file?.lowerBounds?.get(2) ?? new Uint8Array(8)), -0));
    assert.equal(decodeBound('double', file?.upperBounds?.get(3) ?? new Uint8Array(8)), Infinity);
  });

  test('a query of other types or columns than the table’s is refused, not cast', async () => {
    const one = table([column('id', 'long', true), column('v', 'string')]);
    await assert.rejects(
      dataFiles(bench, one, 'SELECT 1::INTEGER AS id'),
      /column id is INTEGER in the query, BIGINT in the table/,
    );
    await assert.rejects(dataFiles(bench, one, 'SELECT 1::BIGINT AS id, 2 AS w'), /no column w/);
    await assert.rejects(dataFiles(bench, one, "SELECT 'x' AS v"), /lacks the required column id/);
    assert.equal((await dataFiles(bench, one, 'SELECT 1::BIGINT AS id')).length, 1);
  });

  test('a given partition is accepted only if all rows are in it', async () => {
    const one = table([column('at', 'timestamptz')], [{ column: 'at', transform: 'day' }]);
    const at = (day: string) => `SELECT TIMESTAMPTZ '${day} 23:59:59.999999+00' AS at`;
    const [file] = await dataFiles(bench, one, at('1970-01-02'), { partition: [1] });
    assert.deepEqual(file?.partition, [1]);
    await assert.rejects(
      dataFiles(bench, one, at('1970-01-03'), { partition: [1] }),
      /partition 2 of at_day/,
    );
    await assert.rejects(
      dataFiles(bench, one, `${at('1970-01-02')} UNION ALL ${at('1970-01-03')}`, { partition: [1] }),
      /partition 2/,
    );
    await assert.rejects(
      dataFiles(bench, one, 'SELECT NULL::TIMESTAMPTZ AS at', { partition: [1] }),
      /no null/,
    );
  });

  test('names with quotes and names of DuckDB’s own columns can be written', async () => {
    const one = table([
      column('filename', 'string'),
      column('file_row_number', 'long'),
      column('a "b" \'c\'', 'int'),
      column('_pos', 'int'),
    ]);
    const files = await dataFiles(
      bench,
      one,
      `SELECT 'x' AS filename, 5::BIGINT AS file_row_number, 7::INTEGER AS "a ""b"" 'c'"`,
    );
    const scan = files.map((file) => ({ file, deletes: [] }));
    const rows = await bench.engine.rows(
      tableRelation(currentSchema(one.metadata), scan, { positions: false }),
    );
    assert.deepEqual(rows, [{ filename: 'x', file_row_number: 5n, 'a "b" \'c\'': 7, _pos: null }]);
  });

  test('the name of a folder may contain spaces, quotes and characters that DuckDB reads as patterns', async () => {
    const one = table([column('id', 'int')]);
    const location = `${bench.folder}/it's [a] *folder* {b,c} ä?`;
    const moved = { ...one, metadata: { ...one.metadata, location } };
    const [file] = await dataFiles(bench, moved, 'SELECT 1::INTEGER AS id');
    assert.ok(file !== undefined);
    assert.ok(file.path.startsWith(location));
    const relation = tableRelation(currentSchema(one.metadata), [{ file, deletes: [] }], { positions: true });
    assert.deepEqual(await bench.engine.rows(relation), [{ id: 1, _file: file.path, _pos: 0n }]);
  });

  test('a damaged data file is reported as DATA_FILE_CORRUPT', async () => {
    const one = table([column('id', 'int')]);
    const [file] = await dataFiles(bench, one, 'SELECT 1::INTEGER AS id');
    assert.ok(file !== undefined);
    const relation = tableRelation(currentSchema(one.metadata), [{ file, deletes: [] }], {
      positions: false,
    });
    await truncate(file.path, 20);
    await assert.rejects(bench.engine.rows(relation), { code: 'DATA_FILE_CORRUPT' });
    await localFiles.remove(file.path);
    await assert.rejects(bench.engine.rows(relation), { code: 'DATA_FILE_CORRUPT' });
  });
});

function tuple(
  transforms: readonly string[],
  type: string,
  value: PartitionValue,
): readonly PartitionValue[] {
  return transforms.map((transform) => applyTransform(parseTransform(transform), type, value));
}

/** With three digits behind the point. */
function decimalText(unscaled: bigint): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(4, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function sqlType(type: string): string {
  return type === 'string' ? 'VARCHAR' : type === 'long' ? 'BIGINT' : type;
}

function checkBounds(type: string, file: DataFile, values: readonly PartitionValue[]): void {
  const present = values.filter((value) => value !== null);
  assert.equal(file.recordCount, BigInt(values.length));
  assert.equal(file.nullValueCounts?.get(2), BigInt(values.length - present.length));
  const [lower, upper] = [file.lowerBounds?.get(2), file.upperBounds?.get(2)];
  for (const value of present) {
    if (lower !== undefined) assert.ok(compareValues(decodeBound(type, lower), value) <= 0);
    if (upper !== undefined) assert.ok(compareValues(decodeBound(type, upper), value) >= 0);
  }
  if (type !== 'string' && present.length > 0) assert.ok(lower !== undefined && upper !== undefined);
}
