import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { prepareAppend } from '../../src/iceberg/append.ts';
import type { PreparedCommit } from '../../src/iceberg/commit.ts';
import { evolveTable, replaceDefinition, type TableDefinition } from '../../src/iceberg/define.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { currentSnapshot } from '../../src/iceberg/metadata.ts';
import { prepareReplace } from '../../src/iceberg/replace.ts';
import { prepareRowDelta } from '../../src/iceberg/row-delta.ts';
import { readMetadata, type Table } from '../../src/iceberg/table.ts';
import {
  committed,
  context,
  dataFiles,
  deletesWhere,
  newTable,
  openWorkbench,
  readRows,
  type Workbench,
} from './workbench.ts';

/**
 * Invariant: after any sequence of commits, a scan gives exactly the rows of the committed files minus the position
 * deletes, at the head and at every earlier snapshot.
 */
type Row = { readonly id: number; readonly v: string; readonly n: number };

type Step =
  | { readonly kind: 'append'; readonly rows: readonly Row[] }
  | { readonly kind: 'upsert'; readonly rows: readonly Row[]; readonly modulus: number }
  | { readonly kind: 'evolve'; readonly partition: number; readonly rows: readonly Row[] }
  | { readonly kind: 'replace'; readonly partition: number; readonly rows: readonly Row[] }
  /** A prepared commit that never became the table. */
  | { readonly kind: 'lost'; readonly rows: readonly Row[] };

const PARTITIONS = [
  [],
  [{ column: 'id', transform: 'bucket[3]' }],
  [{ column: 'v', transform: 'identity' }],
  [
    { column: 'at', transform: 'day' },
    { column: 'n', transform: 'identity' },
  ],
] as const;

const row = fc.record({
  id: fc.nat(20),
  v: fc.constantFrom('a', 'b', 'ü', ''),
  n: fc.integer({ min: -2, max: 2 }),
});
const rows = fc.array(row, { maxLength: 6 });
const partition = fc.nat(PARTITIONS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows }),
  fc.record({ kind: fc.constant('upsert' as const), rows, modulus: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('evolve' as const), rows, partition }),
  fc.record({ kind: fc.constant('replace' as const), rows, partition }),
  fc.record({ kind: fc.constant('lost' as const), rows }),
);

suite('a table compared with a model', () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  test('after random commits every snapshot reads as in the model', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(partition, fc.array(step, { minLength: 1, maxLength: 6 }), async (first, steps) => {
        run += 1;
        await playSteps(
          bench,
          newTable(bench, { namespace: 'raw', name: `t${run}` }, definition(first, 0)),
          first,
          steps,
        );
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

/** Each evolution adds a column, so the table has files of several schemas. */
function definition(partitionIndex: number, extra: number): TableDefinition {
  const added = Array.from({ length: extra }, (_, index) => ({
    name: `x${index}`,
    type: 'string',
    required: false,
  }));
  const columns = [
    { name: 'id', type: extra > 0 ? 'long' : 'int', required: true },
    { name: 'v', type: 'string', required: false },
    { name: 'n', type: 'int', required: false },
    { name: 'at', type: 'timestamptz', required: false },
    ...added,
  ];
  return { columns, partition: PARTITIONS[partitionIndex] ?? [], properties: {} };
}

function selectOf(content: readonly Row[], table: Table): string {
  const type = table.metadata.schemas.find(
    (schema) => schema['schema-id'] === table.metadata['current-schema-id'],
  );
  const idType = type?.fields[0]?.type === 'long' ? 'BIGINT' : 'INTEGER';
  const values = content.map(({ id, v, n }) => `(${id}, '${v}', ${n})`).join(', ');
  const from =
    content.length === 0 ? "(SELECT 0, '', 0 WHERE false) t(id, v, n)" : `(VALUES ${values}) t(id, v, n)`;
  return `SELECT id::${idType} AS id, v::VARCHAR AS v, n::INTEGER AS n,
    TIMESTAMPTZ '1970-01-01 00:00:00+00' + INTERVAL (n * 20) HOUR AS at FROM ${from}`;
}

async function playSteps(
  bench: Workbench,
  created: Table,
  first: number,
  steps: readonly Step[],
): Promise<void> {
  let table = committed(await prepareAppend(localFiles, created, [], context()));
  let model: readonly Row[] = [];
  let shape = { partition: first, extra: 0 };
  const history = new Map<bigint, readonly Row[]>();
  for (const next of steps) {
    if (next.kind === 'evolve' || next.kind === 'replace')
      shape = { partition: next.partition, extra: shape.extra + 1 };
    const prepared = await prepare(bench, table, next, definition(shape.partition, shape.extra));
    if (next.kind === 'lost') continue;
    table = committed(prepared);
    model = apply(model, next);
    history.set(table.metadata['current-snapshot-id'] ?? 0n, model);
    await checkHead(bench, table, model);
  }
  for (const snapshot of table.metadata.snapshots) {
    const expected = history.get(snapshot['snapshot-id']);
    if (expected === undefined) continue;
    const seen = await readRows(bench, table, 'ALL', snapshot);
    if (!replacedSince(steps)) assert.deepEqual(plain(seen), plain(expected));
  }
}

/** Old snapshots are read with the newest schema, which has other columns after the table was replaced. */
function replacedSince(steps: readonly Step[]): boolean {
  return steps.some((next) => next.kind === 'replace');
}

async function prepare(
  bench: Workbench,
  table: Table,
  next: Step,
  wanted: TableDefinition,
): Promise<PreparedCommit> {
  switch (next.kind) {
    case 'append':
    case 'lost':
      return prepareAppend(
        localFiles,
        table,
        await dataFiles(bench, table, selectOf(next.rows, table)),
        context(),
      );
    case 'upsert': {
      const deleteFiles = await deletesWhere(bench, table, `id % ${next.modulus} = 0`);
      const added = await dataFiles(bench, table, selectOf(next.rows, table));
      return prepareRowDelta(localFiles, table, { dataFiles: added, deleteFiles }, context());
    }
    case 'evolve': {
      const planned = evolveTable(table, wanted);
      return prepareAppend(
        localFiles,
        planned,
        await dataFiles(bench, planned, selectOf(next.rows, planned)),
        context(),
      );
    }
    case 'replace': {
      const planned = replaceDefinition(table, wanted);
      return prepareReplace(
        localFiles,
        planned,
        await dataFiles(bench, planned, selectOf(next.rows, planned)),
        context(),
      );
    }
  }
}

function apply(model: readonly Row[], next: Step): readonly Row[] {
  switch (next.kind) {
    case 'append':
    case 'evolve':
      return [...model, ...next.rows];
    case 'upsert':
      return [...model.filter(({ id }) => id % next.modulus !== 0), ...next.rows];
    case 'replace':
      return next.rows;
    case 'lost':
      return model;
  }
}

async function checkHead(bench: Workbench, table: Table, model: readonly Row[]): Promise<void> {
  assert.deepEqual(plain(await readRows(bench, table, 'ALL')), plain(model));
  const summary = currentSnapshot(table.metadata)?.summary ?? {};
  const live = BigInt(summary['total-records'] ?? -1) - BigInt(summary['total-position-deletes'] ?? 0);
  assert.equal(live, BigInt(model.length), 'records minus position deletes are the live rows');
  // The file that another process reads is equal to the metadata in memory.
  const location = table.metadataLocation ?? '';
  assert.deepEqual(await readMetadata({ ...localFiles }, location), table.metadata);
}

function plain(content: readonly object[]): readonly string[] {
  return content
    .map((one) => ({ ...one }) as Record<string, unknown>)
    .map(({ id, v, n }) => `${String(id)}|${String(v)}|${String(n)}`)
    .sort();
}
