import { relative } from 'node:path';
import { newSnapshotId } from '../../base/snapshot-id.ts';
import type { Topic } from '../../contract/model.ts';
import { chooseRedrive, REDRIVE_TABLES, type RedriveChoice } from '../../duckdb/batch/choose-redrive.ts';
import { measureChecks } from '../../duckdb/batch/measure-checks.ts';
import { bindRelations, tableRows } from '../../duckdb/batch/relations.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { type WrittenFile, writeDataFiles } from '../../duckdb/parquet/write-data-files.ts';
import { writePositionDeletes } from '../../duckdb/parquet/write-position-deletes.ts';
import { invariant } from '../../errors/error.ts';
import { prepareAppend } from '../../iceberg/append.ts';
import type { CommitContext, PreparedCommit } from '../../iceberg/commit.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { snapshotById } from '../../iceberg/metadata.ts';
import { prepareReplace } from '../../iceberg/replace.ts';
import { prepareRowDelta } from '../../iceberg/row-delta.ts';
import type { ScanFile } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import { judgeBatch } from '../../pipeline/batches/judge-batch.ts';
import type { PlannedBatch } from '../../pipeline/batches/next-intent.ts';
import { type TopicTables, topicTables } from '../../pipeline/batches/topic-tables.ts';
import { carriedSql, unreachableRows } from '../../pipeline/batches/unreachable-rows.ts';
import { earlierVersions } from '../../pipeline/contracts/contract-version.ts';
import { changesMasking } from '../../pipeline/contracts/masking-change.ts';
import type { CheckResult } from '../../quality/rule-results.ts';
import { type BatchCounts, fatesSum, redriveCounts } from '../../semantic/fates.ts';
import type { Intent } from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import { batchLabels, countLabels, LIVE_ROWS, PURGE_HISTORY } from '../../semantic/snapshot-labels.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { stampedSql } from '../../sql/redrive.ts';
import { type RenderedPlan, renderPlan } from '../../sql/render.ts';
import type { Lease } from '../../state/lease.ts';
import type { FileChecksum } from '../../state/port.ts';
import type { FaultPoints } from '../faults.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { withVerifiedInput } from './verified-input.ts';

/** What a batch needs beside its intent. */
export interface BatchRun {
  readonly workspace: Workspace;
  readonly engine: Engine;
  readonly lease: Lease;
  readonly faults: FaultPoints;
  /** Told before each phase. */
  readonly onPhase: (phase: BatchPhase) => void;
  /** Throws where the run is to end. */
  readonly checkpoint: () => void;
}

export type BatchPhase = 'reading' | 'resolving' | 'writing' | 'committing';

export interface BatchOutcome {
  readonly counts: BatchCounts;
  /** What the contract's table rules say about the table after the batch. */
  readonly checks: readonly CheckResult[];
  /** Rows of the semantic table after the batch, as the engine counts them. */
  readonly liveRows: bigint;
  /** null for other kinds of batches. */
  readonly redrive: RedriveChoice | null;
}

/** Everything a batch wrote, not yet visible. */
interface WrittenBatch extends BatchOutcome {
  /** Rows that a rebuild started from, for want of RAW rows. */
  readonly carried: number;
  readonly rows: readonly WrittenFile[];
  readonly removals: readonly WrittenFile[];
  readonly errors: readonly WrittenFile[];
  /** Positions of rows of the errors table that stand in `errors` again, stamped. */
  readonly errorRemovals: readonly WrittenFile[];
  readonly drift: readonly WrittenFile[];
}

/** Runs one stored intent to its end. Throws COMMIT_CONFLICT, and changes nothing, where a table moved meanwhile. */
export async function runBatch(run: BatchRun, batch: PlannedBatch, raw: Table): Promise<BatchOutcome> {
  const { workspace, lease, faults } = run;
  const { intent, contract } = batch;
  const tables = await topicTables(workspace, contract.topic, intent.kind === 'rebuild');
  const workId = workspace.newWorkId();
  const directories = [tables.semantic, tables.errors, tables.drift].map((table) =>
    relative(workspace.paths.root, table.metadata.location),
  );
  await workspace.store.openWork(lease, { workId, kind: 'batch', directories });
  faults.hit('semantic:after-work-opened');
  const written = await writeBatch(run, batch, raw, tables, workId);
  faults.hit('semantic:after-files');
  run.checkpoint();
  run.onPhase('committing');
  const prepared = await prepareBatch(run, batch, tables, written, workId);
  faults.hit('semantic:after-prepared');
  const end = snapshotById(raw.metadata, intent.endSnapshotId);
  await workspace.store.completeBatch(
    lease,
    {
      batchId: intent.batchId,
      sequenceNumber: end['sequence-number'],
      counts: written.counts,
      checks: written.checks,
      carried: written.carried,
      completedAt: workspace.clock(),
    },
    { workId, swaps: prepared.map(({ swap }) => swap), files: checksums(written), removedFiles: [] },
  );
  faults.hit('semantic:after-commit');
  const { counts, checks, liveRows, redrive } = written;
  return { counts, checks, liveRows, redrive };
}

async function writeBatch(
  run: BatchRun,
  { intent, contract }: PlannedBatch,
  raw: Table,
  tables: TopicTables,
  workId: string,
): Promise<WrittenBatch> {
  const { engine } = run;
  const plan = planOf(contract.topic, await earlierVersions(run.workspace, contract));
  const sql = renderPlan(plan, DUCKDB);
  const key = plan.needsMaskingKey ? await run.workspace.maskingKey() : null;
  const {
    input,
    target,
    errors: errorFiles,
  } = await bindRelations(run.workspace, engine, intent, raw, tables, key);
  const carries = await bindUnreachable(run, { intent, contract }, tables);
  try {
    const redrive = await withVerifiedInput(run.workspace, input, async () => {
      const choice = intent.kind === 'redrive' ? await chooseRedrive(run.workspace, engine, intent) : null;
      await resolve(run, sql);
      return choice;
    });
    const counts = await countFates(engine, sql);
    await judgeBatch(run.workspace, (await run.workspace.config()).budgets, run.lease, intent, counts);
    run.faults.hit('semantic:after-resolved');
    run.onPhase('writing');
    const write = (select: string, table: Table) =>
      writeDataFiles(engine, { select, table: table.metadata, workId, withoutBounds: new Set() });
    const upserts = await write(sql.upserts, tables.semantic);
    const carried = carries ? await write(carriedSql(plan, DUCKDB, REPLACING), tables.semantic) : [];
    run.faults.hit('semantic:between-files');
    // A rebuild replaces every file anyway.
    const removals = carries ? [] : await writeRemovals(engine, sql, tables, target, counts, workId);
    const rejected = counts.rejected > 0 ? await write(sql.errors, tables.errors) : [];
    const stamped = redrive === null ? [] : await write(stampedSql(), tables.errors);
    const errors = [...rejected, ...stamped];
    const errorRemovals = redrive === null ? [] : await writeStamped(engine, tables, errorFiles, workId);
    // The rows of a redrive were looked at for drift when they first came.
    const drift = redrive === null ? await write(sql.drift, tables.drift) : [];
    const checks = await measureChecks(engine, plan, sql);
    const liveRows = await countLive(engine, upserts, counts);
    const rows = [...upserts, ...carried];
    const posted = redrive === null ? counts : redriveCounts(counts, redrive.redriven);
    return {
      counts: posted,
      checks,
      liveRows,
      redrive,
      carried: carries ? await countTarget(engine) : 0,
      rows,
      removals,
      errors,
      errorRemovals,
      drift,
    };
  } finally {
    await dropSteps(engine, sql);
  }
}

/** By its place: what replaces the row `t` of the table. */
const REPLACING = `SELECT 1 FROM verdicts v WHERE v._fate = 'updated' AND v._file = t._file AND v._pos = t._pos`;

/**
 * A rebuild starts from an empty table, or where RAW rows have expired from those rows of the old one that RAW can't
 * give any more. It is refused beforehand unless that is wanted, so nothing else need tell. Gives whether it is so.
 */
async function bindUnreachable(
  { workspace, engine }: BatchRun,
  { intent, contract }: PlannedBatch,
  tables: TopicTables,
): Promise<boolean> {
  const checkpoint = await workspace.store.checkpoint(intent.topic);
  if (intent.kind !== 'rebuild' || checkpoint.totals.gone.expired === 0) return false;
  const rows = await tableRows(workspace, tables);
  const { maskingKeyFingerprint: fingerprint } = intent;
  const select = await unreachableRows(
    workspace,
    checkpoint,
    contract.topic,
    fingerprint,
    `(${rows})`,
    DUCKDB,
  );
  await engine.run(`CREATE OR REPLACE TEMP TABLE unreachable AS ${select}`);
  await engine.run('CREATE OR REPLACE TEMP VIEW target AS FROM unreachable');
  return true;
}

async function countTarget(engine: Engine): Promise<number> {
  const [row] = await engine.rows('SELECT count(*) AS n FROM target');
  invariant(row !== undefined, 'a count is one row');
  return Number(row.n);
}

async function resolve(run: BatchRun, sql: RenderedPlan): Promise<void> {
  for (const step of sql.steps) {
    run.checkpoint();
    run.onPhase(step.name === 'staged' ? 'reading' : 'resolving');
    await run.engine.run(`CREATE OR REPLACE TEMP TABLE ${step.name} AS ${step.sql}`);
  }
}

/** Payloads and unmasked values do not outlive the batch. */
async function dropSteps(engine: Engine, sql: RenderedPlan): Promise<void> {
  for (const step of sql.steps.toReversed()) await engine.run(`DROP TABLE IF EXISTS ${step.name}`);
  for (const name of [...REDRIVE_TABLES, 'unreachable', 'masking_key'])
    await engine.run(`DROP TABLE IF EXISTS ${name}`);
}

async function countFates(engine: Engine, sql: RenderedPlan): Promise<BatchCounts> {
  const [row] = await engine.rows(sql.counts);
  invariant(row !== undefined, 'the fates are counted in one row');
  const figure = (name: string): number => Number(row[name]);
  const counts: BatchCounts = {
    rawRows: figure('raw_rows'),
    inserted: figure('inserted'),
    updated: figure('updated'),
    duplicate: figure('duplicate'),
    superseded: figure('superseded'),
    stale: figure('stale'),
    rejected: figure('rejected'),
  };
  invariant(
    fatesSum(counts) === counts.rawRows,
    `fates add up to ${fatesSum(counts)} for ${counts.rawRows} RAW rows`,
  );
  return counts;
}

async function writeRemovals(
  engine: Engine,
  sql: RenderedPlan,
  tables: TopicTables,
  target: readonly ScanFile[],
  counts: BatchCounts,
  workId: string,
): Promise<readonly WrittenFile[]> {
  if (sql.removals === null || counts.updated === 0) return [];
  return writePositionDeletes(engine, {
    select: `SELECT _file AS file_path, _pos AS pos FROM (${sql.removals})`,
    table: tables.semantic.metadata,
    dataFiles: target.map(({ file }) => file),
    workId,
  });
}

/** Where the rows of the errors table stand that a redrive writes again, stamped. */
async function writeStamped(
  engine: Engine,
  tables: TopicTables,
  files: readonly ScanFile[],
  workId: string,
): Promise<readonly WrittenFile[]> {
  return writePositionDeletes(engine, {
    select: 'SELECT _file AS file_path, _pos AS pos FROM redriven',
    table: tables.errors.metadata,
    dataFiles: files.map(({ file }) => file),
    workId,
  });
}

/** Counted from the files themselves, so that the ledger can hold it against the fates. */
async function countLive(engine: Engine, rows: readonly WrittenFile[], counts: BatchCounts): Promise<bigint> {
  const paths = rows.map(({ file }) => DUCKDB.text(file.path)).join(', ');
  const added = rows.length === 0 ? '0' : `(SELECT count(*) FROM read_parquet([${paths}]))`;
  const [row] = await engine.rows(
    `SELECT (SELECT count(*) FROM target) + ${added} - ${counts.updated} AS live`,
  );
  const live = row?.live;
  invariant(typeof live === 'bigint', 'live rows are counted in one row');
  return live;
}

async function prepareBatch(
  run: BatchRun,
  { intent, contract }: PlannedBatch,
  tables: TopicTables,
  written: WrittenBatch,
  workId: string,
): Promise<readonly PreparedCommit[]> {
  const ctx: CommitContext = {
    workId,
    now: run.workspace.clock(),
    summary: {
      ...summaryOf(intent, run.lease.token, written),
      ...(await purgeMark(run.workspace, intent, contract.topic)),
    },
    newSnapshotId,
  };
  const files = (list: readonly WrittenFile[]) => list.map(({ file }) => file);
  const rebuild = intent.kind === 'rebuild';
  const commits = [
    rebuild
      ? await prepareReplace(localFiles, tables.semantic, files(written.rows), ctx)
      : await prepareRowDelta(
          localFiles,
          tables.semantic,
          { dataFiles: files(written.rows), deleteFiles: files(written.removals) },
          ctx,
        ),
  ];
  run.faults.hit('semantic:between-tables');
  // A table without news gets no snapshot; one that does not exist yet is made, so that it can be queried.
  if (rebuild && tables.before.errors !== null)
    commits.push(await prepareReplace(localFiles, tables.errors, files(written.errors), ctx));
  else if (written.errorRemovals.length > 0) {
    const delta = { dataFiles: files(written.errors), deleteFiles: files(written.errorRemovals) };
    commits.push(await prepareRowDelta(localFiles, tables.errors, delta, ctx));
  } else if (written.errors.length > 0 || tables.before.errors === null)
    commits.push(await prepareAppend(localFiles, tables.errors, files(written.errors), ctx));
  if (written.drift.length > 0 || tables.drift.metadataLocation === null)
    commits.push(await prepareAppend(localFiles, tables.drift, files(written.drift), ctx));
  return commits;
}

/** Told in the commit itself, so that the purge is owed however this run ends. */
async function purgeMark(
  workspace: Workspace,
  intent: Intent,
  topic: Topic,
): Promise<Readonly<Record<string, string>>> {
  if (intent.kind !== 'rebuild') return {};
  const checkpoint = await workspace.store.checkpoint(intent.topic);
  return (await changesMasking(workspace, checkpoint, intent, topic)) ? { [PURGE_HISTORY]: 'true' } : {};
}

function summaryOf(
  intent: Intent,
  token: bigint,
  { counts, liveRows }: WrittenBatch,
): Readonly<Record<string, string>> {
  return { ...batchLabels(intent, token), ...countLabels(counts), [LIVE_ROWS]: liveRows.toString() };
}

function checksums(written: WrittenBatch): readonly FileChecksum[] {
  const { rows, removals, errors, errorRemovals, drift } = written;
  return [...rows, ...removals, ...errors, ...errorRemovals, ...drift].map(({ file, sha256 }) => ({
    path: file.path,
    sha256,
    size: file.fileSize,
  }));
}
