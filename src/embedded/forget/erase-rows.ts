import type { Engine } from '../../duckdb/engine/engine.ts';
import { type Session, withSession } from '../../duckdb/engine/session.ts';
import { deletedPositions, tableRelation } from '../../duckdb/parquet/table-relation.ts';
import { quoteName, quoteText } from '../../duckdb/parquet/types.ts';
import { type WrittenFile, writeDataFiles } from '../../duckdb/parquet/write-data-files.ts';
import { invariant } from '../../errors/error.ts';
import { tableName } from '../../iceberg/catalog.ts';
import { distinct } from '../../iceberg/compaction.ts';
import { prepareFileSwap } from '../../iceberg/file-swap.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan, type ScanFile } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import { LIVE_ROWS } from '../../semantic/snapshot-labels.ts';
import type { Relation } from '../../sql/relation.ts';
import { deletedRows, writeRest } from '../maintain/compact-table.ts';
import {
  changeTable,
  type MaintenanceAction,
  type TableChange,
  type TableRun,
} from '../maintain/table-run.ts';
import { withVerifiedInput } from '../workspace/verified-input.ts';
import type { Locate } from './locate-rows.ts';

/** Assumed rows of a file whose manifest was not read. Only the engine's query plan depends on it. */
const ROWS_IN_A_FILE = 100_000n;

/** How the rows of a key are erased from one table. */
export interface EraseStyle {
  readonly locate: Locate;
  readonly withoutBounds: ReadonlySet<string>;
  /** Writes the engine's row count into the snapshot. */
  readonly countsRows: boolean;
  /** SQL condition on rows `r`: those that the ledger counts. */
  readonly counted: string;
  readonly ledger: (rows: number) => NonNullable<TableChange['ledger']>;
}

interface ErasePlan {
  readonly scan: readonly ScanFile[];
  /** Files with rows of the key, including deleted rows. */
  readonly hit: readonly ScanFile[];
  /** Places of the key's rows: _file, _pos. */
  readonly erased: Relation;
  /** Live rows of the key, and those of them that the ledger counts. */
  readonly live: bigint;
  readonly counted: number;
}

/** Rewrites the files with rows of the key, without these rows; null if there are none. */
export async function eraseRows(run: TableRun, style: EraseStyle): Promise<MaintenanceAction | null> {
  const engine = await run.engine();
  return changeTable(run, (table, workId) =>
    withSession(engine, (session) => planErasure(run, session, table, style, workId)),
  );
}

async function planErasure(
  run: TableRun,
  session: Session,
  table: Table,
  style: EraseStyle,
  workId: string,
): Promise<TableChange | null> {
  const { engine } = session;
  const plan = await planOf(session, table, style);
  if (plan.hit.length === 0) return null;
  const written = await withVerifiedInput(run.workspace, plan.hit, () =>
    writeRemaining(engine, table, plan, style, workId),
  );
  const rest = await writeRest(engine, table, plan.scan, plan.hit, workId);
  const added = [...written, ...rest];
  const removed = [
    ...plan.hit.map(({ file }) => file),
    ...distinct(plan.hit.flatMap(({ deletes }) => deletes)),
  ];
  return {
    prepare: (now, ctx) =>
      prepareFileSwap(
        localFiles,
        now,
        { operation: 'overwrite', removed, added: added.map(({ file }) => file), forgets: true },
        ctx,
      ),
    files: added.map(({ file, sha256 }) => ({ path: file.path, sha256, size: file.fileSize })),
    removedFiles: [],
    action: {
      table: tableName(run.ref),
      action: 'erase',
      before: { rows: Number(plan.live), files: removed.length },
      after: { rows: 0, files: added.length },
      removed: { files: 0, bytes: 0 },
    },
    ...(style.countsRows ? { summary: { [LIVE_ROWS]: await remainingRows(engine, table, plan) } } : {}),
    ledger: style.ledger(plan.counted),
  };
}

async function planOf(session: Session, table: Table, style: EraseStyle): Promise<ErasePlan> {
  const { engine } = session;
  const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
  const paths = scan.map(({ file }) => file.path);
  const searched = await searchIn(session, table, paths);
  const erased = await style.locate(session, searched);
  const found = await engine.rows(`SELECT DISTINCT _file FROM ${erased.name}`);
  const holding = new Set(found.map(({ _file: path }) => path));
  const hit = scan.filter(({ file }) => holding.has(file.path));
  const deleted = hit.filter(({ deletes }) => deletes.length > 0);
  const isDeleted =
    deleted.length === 0
      ? 'false'
      : `EXISTS (SELECT 1 FROM ${deletedPositions(deleted)} d WHERE d.file_path = e._file AND d.pos = e._pos)`;
  const [row] = await engine.rows(
    `SELECT count(*) AS live, count(*) FILTER (${style.counted}) AS counted
     FROM ${erased.name} e JOIN ${searched.name} r ON r._file = e._file AND r._pos = e._pos WHERE NOT ${isDeleted}`,
  );
  invariant(typeof row?.live === 'bigint', 'a count is one row');
  return { scan, hit, erased, live: row.live, counted: Number(row.counted) };
}

/** Binds every row of the files, deleted ones too: a row that was deleted by position is still in its file. */
export function searchIn(session: Session, table: Table, paths: readonly string[]): Promise<Relation> {
  const files = paths.map((path) => ({ file: { path, recordCount: ROWS_IN_A_FILE }, deletes: [] }));
  const options = { positions: true, numbered: true };
  return session.view('searched', tableRelation(currentSchema(table.metadata), files, options));
}

async function writeRemaining(
  engine: Engine,
  table: Table,
  { hit, erased, live }: ErasePlan,
  style: EraseStyle,
  workId: string,
): Promise<readonly WrittenFile[]> {
  const schema = currentSchema(table.metadata);
  const columns = schema.fields.map(({ name }) => `r.${quoteName(name)}`).join(', ');
  const written: WrittenFile[] = [];
  for (const each of hit) {
    const relation = tableRelation(schema, [each], { positions: true });
    const inFile = `SELECT _pos FROM ${erased.name} WHERE _file = ${quoteText(each.file.path)}`;
    written.push(
      ...(await writeDataFiles(engine, {
        select: `SELECT ${columns} FROM (${relation}) r WHERE r._pos NOT IN (${inFile})`,
        table: table.metadata,
        workId,
        withoutBounds: style.withoutBounds,
      })),
    );
  }
  const before = hit.reduce((sum, { file }) => sum + file.recordCount, 0n);
  const after = written.reduce((sum, { file }) => sum + file.recordCount, 0n);
  const expected = before - (await deletedRows(engine, hit)) - live;
  invariant(after === expected, `${after} of ${before} rows are left, expected ${expected}`);
  return written;
}

async function remainingRows(engine: Engine, table: Table, { scan, live }: ErasePlan): Promise<string> {
  const relation = tableRelation(currentSchema(table.metadata), scan, { positions: false });
  const [row] = await engine.rows(`SELECT count(*) AS n FROM (${relation})`);
  invariant(typeof row?.n === 'bigint', 'a count is one row');
  return (row.n - live).toString();
}
