import type { AwsHome } from '../../src/aws/home.ts';
import { derivedTable, rawTable } from '../../src/engine/semantic/tables.ts';
import { newSnapshotId } from '../../src/engine/snapshot-id.ts';
import { invariant } from '../../src/errors/error.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { encodeBound } from '../../src/iceberg/bounds.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import { createTable } from '../../src/iceberg/define.ts';
import { appendsBetween } from '../../src/iceberg/history.ts';
import { currentSchema } from '../../src/iceberg/metadata.ts';
import { fieldByName } from '../../src/iceberg/schema.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { budgetBreach } from '../../src/quality/budget.ts';

/** Tables by their metadata alone: what the control functions read, without the rows that they never read. */

const NO_FILE: DataFile = {
  content: 'data',
  path: '',
  format: 'PARQUET',
  specId: 0,
  partition: [],
  recordCount: 0n,
  fileSize: 1n,
  columnSizes: null,
  valueCounts: null,
  nullValueCounts: null,
  nanValueCounts: null,
  lowerBounds: null,
  upperBounds: null,
  keyMetadata: null,
  splitOffsets: null,
  equalityIds: null,
  sortOrderId: null,
  referencedDataFile: null,
};

/** One snapshot that adds that many rows. */
async function append(
  home: AwsHome,
  table: Table,
  content: Partial<DataFile>,
  summary: Readonly<Record<string, string>>,
): Promise<void> {
  const workId = crypto.randomUUID();
  const path = `${table.metadata.location}/data/${workId}.parquet`;
  const file = { ...NO_FILE, path, ...content };
  const ctx = { workId, now: home.clock(), summary, newSnapshotId };
  const { swap, metadata } = await prepareAppend(home.files, table, [file], ctx);
  await home.catalog.swap(swap, metadata);
}

/** As Firehose delivers; all published and taken at that time. */
export async function appendRaw(
  home: AwsHome,
  topic: string,
  rows: bigint,
  at = home.clock(),
): Promise<void> {
  const table = await loadTable(home.files, home.catalog, rawTable(topic));
  invariant(table !== null, 'the table was prepared');
  const schema = currentSchema(table.metadata);
  const bounds = new Map(
    ['publish_time', 'ingestion_ts'].map((name) => [
      fieldByName(schema, name).id,
      encodeBound('timestamptz', at),
    ]),
  );
  const partition = [Number(at / 86_400_000_000n)];
  await append(home, table, { recordCount: rows, partition, lowerBounds: bounds, upperBounds: bounds }, {});
}

/** What semantic_job.py does to tables and files, for rows that are all new or `rejected`. */
export async function commitBatch(
  home: AwsHome,
  args: Readonly<Record<string, string>>,
  options: {
    readonly table: boolean;
    readonly outcome: boolean;
    readonly copies?: number;
    readonly rejected?: bigint;
  },
): Promise<void> {
  const { batch, summary, topic } = JSON.parse(
    Buffer.from(await home.files.read(args['--plan_uri'] ?? '')).toString('utf8'),
  );
  const raw = await loadTable(home.files, home.catalog, rawTable(topic));
  invariant(raw !== null, 'the table was prepared');
  const start = batch.start_snapshot_id === null ? null : BigInt(batch.start_snapshot_id);
  const read = appendsBetween(raw.metadata, start, BigInt(batch.end_snapshot_id));
  const rows = read.reduce((sum, each) => sum + BigInt(each.summary['added-records'] ?? 0), 0n);
  const known = await loadTable(home.files, home.catalog, derivedTable(topic));
  const last = known?.metadata.snapshots.at(-1)?.summary;
  const isIn = last?.['lean-ops.batch-id'] === batch.batch_id;
  const before = batch.kind === 'rebuild' ? 0n : BigInt(last?.['total-records'] ?? 0);
  const rejected = options.rejected ?? 0n;
  const isHeld = batch.budget !== null && budgetBreach(batch.budget, Number(rejected), Number(rows)) !== null;
  const live = isIn || isHeld ? before : before + rows - rejected;
  const figures = { 'lean-ops.raw-rows': String(rows), 'lean-ops.live-rows': String(live) };
  const stamped = Object.entries({ ...summary }).map(([name, value]) => [`lean-ops.${name}`, String(value)]);
  const table = known ?? newTable(home, topic);
  const now = encodeBound('timestamptz', home.clock());
  const marks = { ...Object.fromEntries(stamped), ...figures };
  if (options.table && !isIn && !isHeld)
    await append(home, table, { recordCount: rows - rejected, upperBounds: new Map([[1, now]]) }, marks);
  const none = { updated: 0, duplicate: 0, superseded: 0, stale: 0, rejected: Number(rejected) };
  const outcome = {
    batch_id: batch.batch_id,
    counts: { raw_rows: Number(rows), inserted: Number(rows - rejected), ...none },
    over_budget: isHeld,
    live_rows: Number(live),
    checks: [],
    raw_distinct_sources: Number(rows) - (options.copies ?? 0),
  };
  if (options.outcome)
    await home.putObject(args['--outcome_uri'] ?? '', Buffer.from(JSON.stringify(outcome)));
}

function newTable(home: AwsHome, topic: string): Table {
  const definition = {
    columns: [{ name: '_publish_time', type: 'timestamptz', required: true }],
    partition: [],
    properties: {},
  };
  const location = `${home.warehouse}/semantic/${topic}`;
  return createTable(derivedTable(topic), location, crypto.randomUUID(), definition, home.clock());
}
