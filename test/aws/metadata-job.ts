import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { newSnapshotId } from '../../src/base/snapshot-id.ts';
import { invariant } from '../../src/errors/error.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { encodeBound } from '../../src/iceberg/bounds.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import { createTable, type TableDefinition } from '../../src/iceberg/define.ts';
import { prepareExpiry } from '../../src/iceberg/expiry.ts';
import { appendsBetween } from '../../src/iceberg/history.ts';
import { currentSchema, snapshotById } from '../../src/iceberg/metadata.ts';
import { prepareRowDelta } from '../../src/iceberg/row-delta.ts';
import { fieldByName } from '../../src/iceberg/schema.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { derivedTable, rawTable } from '../../src/pipeline/batches/topic-tables.ts';
import { budgetBreach } from '../../src/quality/budget.ts';
import { errorsTableName } from '../../src/semantic/tables.ts';

/** Writes tables as metadata alone, without rows: the control function reads no rows. */

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
  deployment: AwsDeployment,
  table: Table,
  content: Partial<DataFile>,
  summary: Readonly<Record<string, string>>,
): Promise<void> {
  const workId = crypto.randomUUID();
  const path = `${table.metadata.location}/data/${workId}.parquet`;
  const file = { ...NO_FILE, path, ...content };
  const ctx = { workId, now: deployment.clock(), summary, newSnapshotId };
  const { swap, metadata } = await prepareAppend(deployment.files, table, [file], ctx);
  await deployment.catalog.swap(swap, metadata);
}

/** Appends rows as Firehose does. All were published and received at `at`. */
export async function appendRaw(
  deployment: AwsDeployment,
  topic: string,
  rows: bigint,
  at = deployment.clock(),
): Promise<void> {
  const table = await loadTable(deployment.files, deployment.catalog, rawTable(topic));
  invariant(table !== null, 'the table was prepared');
  const schema = currentSchema(table.metadata);
  const bounds = new Map(
    ['publish_time', 'ingestion_ts'].map((name) => [
      fieldByName(schema, name).id,
      encodeBound('timestamptz', at),
    ]),
  );
  const partition = [Number(at / 86_400_000_000n)];
  await append(
    deployment,
    table,
    { recordCount: rows, partition, lowerBounds: bounds, upperBounds: bounds },
    {},
  );
}

/** Does what semantic_job.py does to tables and files. All rows are new or `rejected`. */
export async function commitBatch(
  deployment: AwsDeployment,
  args: Readonly<Record<string, string>>,
  options: {
    readonly table: boolean;
    readonly outcome: boolean;
    readonly copies?: number;
    readonly rejected?: bigint;
    readonly carried?: number;
  },
): Promise<void> {
  const { batch, summary, topic } = JSON.parse(
    Buffer.from(await deployment.files.read(args['--plan_uri'] ?? '')).toString('utf8'),
  );
  const raw = await loadTable(deployment.files, deployment.catalog, rawTable(topic));
  invariant(raw !== null, 'the table was prepared');
  const [start, counted, end] = ['start', 'counted', 'end'].map((which) => {
    const id = batch[`${which}_snapshot_id`];
    return id === null ? null : BigInt(id);
  });
  invariant(start !== undefined && counted !== undefined && end != null, 'the plan names its snapshots');
  const rows = rowsRead(raw, start, end);
  const known = await loadTable(deployment.files, deployment.catalog, derivedTable(topic));
  const last = known?.metadata.snapshots.at(-1)?.summary;
  const isIn = last?.['lean-ops.batch-id'] === batch.batch_id;
  const before = batch.kind === 'rebuild' ? 0n : BigInt(last?.['total-records'] ?? 0);
  const rejected = options.rejected ?? 0n;
  const isHeld = batch.budget !== null && budgetBreach(batch.budget, Number(rejected), Number(rows)) !== null;
  const live = isIn || isHeld ? before : before + rows - rejected;
  const figures = { 'lean-ops.raw-rows': String(rows), 'lean-ops.live-rows': String(live) };
  const stamped = Object.entries({ ...summary }).map(([name, value]) => [`lean-ops.${name}`, String(value)]);
  const table = known ?? newTable(deployment, topic);
  const now = encodeBound('timestamptz', deployment.clock());
  const marks = { ...Object.fromEntries(stamped), ...figures };
  if (options.table && !isIn && !isHeld)
    await append(
      deployment,
      table,
      { recordCount: rows - rejected, upperBounds: new Map([[1, now]]) },
      marks,
    );
  const none = { updated: 0, duplicate: 0, superseded: 0, stale: 0, rejected: Number(rejected) };
  const outcome = {
    batch_id: batch.batch_id,
    counts: { raw_rows: Number(rows), inserted: Number(rows - rejected), ...none },
    over_budget: isHeld,
    live_rows: Number(live),
    carried: options.carried ?? 0,
    counted_snapshot_id: batch.counted_snapshot_id,
    checks: [],
    raw_distinct_sources: Number(rowsRead(raw, counted, end)) - (options.copies ?? 0),
  };
  if (options.outcome)
    await deployment.putObject(args['--outcome_uri'] ?? '', Buffer.from(JSON.stringify(outcome)));
}

/** A first batch reads all that RAW holds, later ones what was appended. */
function rowsRead({ metadata }: Table, start: bigint | null, end: bigint): bigint {
  if (start === null) return BigInt(snapshotById(metadata, end).summary['total-records'] ?? 0);
  const read = appendsBetween(metadata, start, end);
  return read.reduce((sum, each) => sum + BigInt(each.summary['added-records'] ?? 0), 0n);
}

function newTable(deployment: AwsDeployment, topic: string): Table {
  return tableOf(deployment, topic, [{ name: '_publish_time', type: 'timestamptz', required: true }]);
}

function tableOf(deployment: AwsDeployment, name: string, columns: TableDefinition['columns']): Table {
  const definition = { columns, partition: [], properties: {} };
  const location = `${deployment.paths.warehouse}/semantic/${name}`;
  return createTable(derivedTable(name), location, crypto.randomUUID(), definition, deployment.clock());
}

/** Rows of the errors table that the contract version rejected and that no redrive stamped. */
export async function appendErrors(
  deployment: AwsDeployment,
  topic: string,
  rows: bigint,
  version: number,
): Promise<void> {
  const known = await loadTable(deployment.files, deployment.catalog, derivedTable(errorsTableName(topic)));
  const columns: TableDefinition['columns'] = [
    { name: 'contract_version', type: 'int', required: true },
    { name: 'redriven_batch_id', type: 'string', required: false },
  ];
  const table = known ?? tableOf(deployment, errorsTableName(topic), columns);
  await append(deployment, table, errorFile(rows, rows, version), {});
}

function errorFile(rows: bigint, unstamped: bigint, version: number): Partial<DataFile> {
  const bounds = new Map([[1, encodeBound('int', version)]]);
  const nulls = new Map([[2, unstamped]]);
  return { recordCount: rows, nullValueCounts: nulls, lowerBounds: bounds, upperBounds: bounds };
}

/** As `commitBatch`, for a redrive of rows that `version` rejected. All of them are inserted. */
export async function commitRedrive(
  deployment: AwsDeployment,
  args: Readonly<Record<string, string>>,
  {
    chosen,
    redriven,
    version,
  }: { readonly chosen: bigint; readonly redriven: bigint; readonly version: number },
): Promise<void> {
  const { batch, summary, topic } = JSON.parse(
    Buffer.from(await deployment.files.read(args['--plan_uri'] ?? '')).toString('utf8'),
  );
  invariant(batch.kind === 'redrive', 'the plan is of a redrive');
  const semantic = await loadTable(deployment.files, deployment.catalog, derivedTable(topic));
  const errors = await loadTable(deployment.files, deployment.catalog, derivedTable(errorsTableName(topic)));
  invariant(semantic !== null && errors !== null, 'a batch ran before');
  const last = semantic.metadata.snapshots.at(-1)?.summary;
  const isIn = last?.['lean-ops.batch-id'] === batch.batch_id;
  const live = BigInt(last?.['total-records'] ?? 0) + (isIn ? 0n : redriven);
  if (!isIn) {
    const stamped = Object.entries({ ...summary }).map(([name, value]) => [
      `lean-ops.${name}`,
      String(value),
    ]);
    const marks = {
      ...Object.fromEntries(stamped),
      'lean-ops.raw-rows': '0',
      'lean-ops.live-rows': `${live}`,
    };
    if (redriven > 0n) await stamp(deployment, errors, redriven, version, marks);
    const now = encodeBound('timestamptz', deployment.clock());
    await append(deployment, semantic, { recordCount: redriven, upperBounds: new Map([[1, now]]) }, marks);
  }
  const fates = { updated: 0, duplicate: 0, superseded: 0, stale: 0 };
  const figures = { raw_rows: 0, inserted: Number(redriven), ...fates, rejected: -Number(redriven) };
  const outcome = {
    batch_id: batch.batch_id,
    counts: { ...figures, chosen: Number(chosen), redriven: Number(redriven) },
    live_rows: Number(live),
    checks: [],
    raw_distinct_sources: 0,
  };
  await deployment.putObject(args['--outcome_uri'] ?? '', Buffer.from(JSON.stringify(outcome)));
}

/** Deletes the rows, and writes them again with their stamp. */
async function stamp(
  deployment: AwsDeployment,
  errors: Table,
  rows: bigint,
  version: number,
  summary: Readonly<Record<string, string>>,
): Promise<void> {
  const workId = crypto.randomUUID();
  const path = (name: string) => `${errors.metadata.location}/data/${workId}-${name}.parquet`;
  const dataFiles = [{ ...NO_FILE, path: path('rows'), ...errorFile(rows, 0n, version) }];
  const deletes = { ...NO_FILE, content: 'position-deletes', recordCount: rows } as const;
  const ctx = { workId, now: deployment.clock(), summary, newSnapshotId };
  const delta = { dataFiles, deleteFiles: [{ ...deletes, path: path('deletes') }] };
  const { swap, metadata } = await prepareRowDelta(deployment.files, errors, delta, ctx);
  await deployment.catalog.swap(swap, metadata);
}

/** Does what the job does with a maintenance plan, in metadata: it removes snapshots that are older than the plan says. */
export async function commitMaintenance(
  deployment: AwsDeployment,
  args: Readonly<Record<string, string>>,
  orphans = 0,
): Promise<void> {
  const { batch, maintenance } = JSON.parse(
    Buffer.from(await deployment.files.read(args['--plan_uri'] ?? '')).toString('utf8'),
  );
  invariant(batch.kind === 'maintain', 'the plan is one of maintenance');
  const done: object[] = [];
  for (const { table, namespace, name, older_than_micros, statements } of maintenance) {
    const found = await loadTable(deployment.files, deployment.catalog, { namespace, name });
    invariant(found !== null, 'the table is there');
    const limit = BigInt(older_than_micros);
    const kept = found.metadata.snapshots.filter((each) => each['timestamp-ms'] * 1000n >= limit);
    const ctx = { workId: crypto.randomUUID(), now: deployment.clock(), summary: {}, newSnapshotId };
    const { swap, metadata } = await prepareExpiry(deployment.files, found, kept, [], ctx);
    await deployment.catalog.swap(swap, metadata);
    for (const statement of statements) {
      const rows = statement.name === 'remove_orphan_files' ? orphans : 1;
      done.push({ table, action: statement.name, rows, result: {} });
    }
  }
  const outcome = { batch_id: batch.batch_id, maintenance: done };
  await deployment.putObject(args['--outcome_uri'] ?? '', Buffer.from(JSON.stringify(outcome)));
}
