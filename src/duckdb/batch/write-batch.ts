import { invariant } from '../../errors/error.ts';
import type { ScanFile } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import type { TopicTables } from '../../pipeline/batches/topic-tables.ts';
import { carriedSql } from '../../pipeline/batches/unreachable-rows.ts';
import type { BatchForm } from '../../semantic/batch-form.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import type { Plan } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { REDRIVEN_ERRORS, stampedSql } from '../../sql/redrive.ts';
import { PLAN_INPUTS } from '../../sql/relation.ts';
import type { RenderedPlan } from '../../sql/render.ts';
import { countRows } from '../engine/count-rows.ts';
import type { Session } from '../engine/session.ts';
import { type WrittenFile, writeDataFiles } from '../parquet/write-data-files.ts';
import { writePositionDeletes } from '../parquet/write-position-deletes.ts';
import type { BoundBatch } from './bind-batch.ts';

/** A batch whose steps have run in the session. */
export interface ResolvedBatch {
  readonly session: Session;
  readonly form: BatchForm;
  readonly plan: Plan;
  readonly sql: RenderedPlan;
  readonly bound: BoundBatch;
  readonly tables: TopicTables;
  /** Fates of the RAW rows that the batch processed. */
  readonly counts: BatchCounts;
  /** Part of every file's name. */
  readonly workId: string;
}

/** New rows of the semantic table, synced and not yet visible. */
export interface WrittenRows {
  readonly rows: readonly WrittenFile[];
  /** Rows that the batch carried over from the previous generation, because their messages are no longer in RAW. */
  readonly carried: number;
  /** Rows of the semantic table after the batch. */
  readonly liveRows: bigint;
}

/** Everything else that a batch writes, synced and not yet visible. */
export interface WrittenFindings {
  /** Positions of the semantic table's rows that updates replace. */
  readonly removals: readonly WrittenFile[];
  readonly errors: readonly WrittenFile[];
  /** Positions of rows of the errors table that `errors` holds again, stamped. */
  readonly errorRemovals: readonly WrittenFile[];
  readonly drift: readonly WrittenFile[];
}

/** What replaces the row `t` of `target`, found by its file and position. */
const REPLACING = `SELECT 1 FROM verdicts v WHERE v._fate = 'updated' AND v._file = t._file AND v._pos = t._pos`;

/** Writes the rows that the batch inserts or updates, and those that a rebuild carries over. */
export async function writeRows(batch: ResolvedBatch): Promise<WrittenRows> {
  const { session, plan, sql, bound, tables } = batch;
  const upserts = await write(batch, sql.upserts, tables.semantic);
  const liveRows = await countLive(batch, upserts);
  if (!bound.carries) return { rows: upserts, carried: 0, liveRows };
  const carried = await write(batch, carriedSql(plan, DUCKDB, REPLACING), tables.semantic);
  return {
    rows: [...upserts, ...carried],
    carried: await countRows(session.engine, PLAN_INPUTS.target.name),
    liveRows,
  };
}

/** Writes position deletes of replaced rows, findings, stamps and drift, as the form of the batch asks for. */
export async function writeFindings(batch: ResolvedBatch): Promise<WrittenFindings> {
  const { form, sql, bound, tables, counts } = batch;
  const hasRemovals = form.rowsCommit === 'row-delta' && counts.updated > 0 && sql.removals !== null;
  const removals = hasRemovals
    ? await writeDeletes(batch, `(${sql.removals})`, tables.semantic, bound.targetFiles)
    : [];
  const rejected = counts.rejected > 0 ? await write(batch, sql.errors, tables.errors) : [];
  const stamps = form.errorsCommit === 'stamp';
  const stamped = stamps ? await write(batch, stampedSql(), tables.errors) : [];
  const errorRemovals = stamps
    ? await writeDeletes(batch, REDRIVEN_ERRORS.name, tables.errors, bound.errorFiles)
    : [];
  const drift = form.findsDrift ? await write(batch, sql.drift, tables.drift) : [];
  return { removals, errors: [...rejected, ...stamped], errorRemovals, drift };
}

function write(
  { session, workId }: ResolvedBatch,
  select: string,
  { metadata }: Table,
): Promise<readonly WrittenFile[]> {
  return writeDataFiles(session.engine, { select, table: metadata, workId, withoutBounds: new Set() });
}

/** `from`: a relation with `_file` and `_pos`. */
function writeDeletes(
  { session, workId }: ResolvedBatch,
  from: string,
  { metadata }: Table,
  files: readonly ScanFile[],
): Promise<readonly WrittenFile[]> {
  return writePositionDeletes(session.engine, {
    select: `SELECT _file AS file_path, _pos AS pos FROM ${from}`,
    table: metadata,
    dataFiles: files.map(({ file }) => file),
    workId,
  });
}

/** Counts from the files themselves, so that the ledger can compare the result with the fates. */
async function countLive({ session, counts }: ResolvedBatch, rows: readonly WrittenFile[]): Promise<bigint> {
  const paths = rows.map(({ file }) => DUCKDB.text(file.path)).join(', ');
  const added = rows.length === 0 ? '0' : `(SELECT count(*) FROM read_parquet([${paths}]))`;
  const [row] = await session.engine.rows(
    `SELECT (SELECT count(*) FROM ${PLAN_INPUTS.target.name}) + ${added} - ${counts.updated} AS live`,
  );
  const live = row?.live;
  invariant(typeof live === 'bigint', 'live rows are counted in one row');
  return live;
}
