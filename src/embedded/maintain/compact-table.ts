import type { Engine } from '../../duckdb/engine/engine.ts';
import { deletedPositions, tableRelation } from '../../duckdb/parquet/table-relation.ts';
import { quoteName, textList } from '../../duckdb/parquet/types.ts';
import { type WrittenFile, writeDataFiles } from '../../duckdb/parquet/write-data-files.ts';
import { writePositionDeletes } from '../../duckdb/parquet/write-position-deletes.ts';
import { invariant } from '../../errors/error.ts';
import { tableName } from '../../iceberg/catalog.ts';
import { type CompactionBin, distinct, planCompaction } from '../../iceberg/compaction.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import { prepareFileSwap } from '../../iceberg/file-swap.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { type ManifestFile, readManifestList } from '../../iceberg/manifest-list.ts';
import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan, type ScanFile } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import type { MaintenanceSettings } from '../../pipeline/settings.ts';
import { withVerifiedInput } from '../workspace/verified-input.ts';
import {
  changeTable,
  loadRunTable,
  type MaintenanceAction,
  type TableChange,
  type TableRun,
} from './table-run.ts';

/** The compaction rules of one kind of table. */
export interface CompactionStyle {
  readonly limits: Pick<MaintenanceSettings, 'targetFileBytes' | 'minFiles'>;
  /** Sort columns inside a file, so that the rows of a key are adjacent. */
  readonly orderBy: readonly string[];
  readonly withoutBounds: ReadonlySet<string>;
  /** Paths of files that must not change, because no batch has read their rows yet. */
  readonly untouched: (table: Table) => Promise<ReadonlySet<string>>;
  readonly ledger?: TableChange['ledger'];
}

/** Manifests are merged if a table has more mergeable ones than this. */
const MAX_SMALL_MANIFESTS = 10;
const SMALL_MANIFEST_BYTES = 4n * 1024n * 1024n;

interface CompactionPlan {
  readonly scan: readonly ScanFile[];
  readonly bins: readonly CompactionBin[];
  readonly manifests: readonly ManifestFile[];
}

/** What a compaction would do now; null if there is nothing to do. */
export async function compactionDue(
  run: TableRun,
  style: CompactionStyle,
): Promise<MaintenanceAction | null> {
  const table = await loadRunTable(run);
  const plan = table === null ? null : await planOf(table, style);
  return plan === null ? null : expectedAction(run, plan);
}

/**
 * Compacts small files, applies position deletes and merges manifests. The rows stay the same. Replaced files stay
 * readable in older snapshots until these expire.
 */
export function compactTable(run: TableRun, style: CompactionStyle): Promise<MaintenanceAction | null> {
  return changeTable(run, async (table, workId) => {
    const plan = await planOf(table, style);
    return plan === null ? null : writeCompaction(run, style, table, plan, workId);
  });
}

async function planOf(table: Table, style: CompactionStyle): Promise<CompactionPlan | null> {
  const snapshot = currentSnapshot(table.metadata);
  if (snapshot === null) return null;
  const scan = await planScan(localFiles, table.metadata, snapshot);
  const untouched = await style.untouched(table);
  const { targetFileBytes, minFiles } = style.limits;
  const bins = planCompaction(
    scan.filter(({ file }) => !untouched.has(file.path)),
    { targetBytes: BigInt(targetFileBytes), minFiles },
  );
  const manifests = await readManifestList(localFiles, snapshot);
  const small = manifests.filter(({ length }) => length < SMALL_MANIFEST_BYTES);
  return bins.length > 0 || small.length > MAX_SMALL_MANIFESTS ? { scan, bins, manifests } : null;
}

async function writeCompaction(
  run: TableRun,
  style: CompactionStyle,
  table: Table,
  plan: CompactionPlan,
  workId: string,
): Promise<TableChange> {
  const chosen = plan.bins.flatMap(({ files }) => files);
  const engine = chosen.length === 0 ? null : await run.engine();
  const written: WrittenFile[] = [];
  if (engine !== null) {
    await withVerifiedInput(run.workspace, chosen, async () => {
      for (const bin of plan.bins) {
        run.throwIfStopped();
        written.push(...(await writeBin(engine, style, table, bin, workId)));
      }
    });
    written.push(...(await writeRest(engine, table, plan.scan, chosen, workId)));
  }
  const removed = [...chosen.map(({ file }) => file), ...distinct(chosen.flatMap(({ deletes }) => deletes))];
  const added = written.map(({ file }) => file);
  return {
    prepare: (now, ctx) => prepareFileSwap(localFiles, now, { operation: 'replace', removed, added }, ctx),
    files: written.map(({ file, sha256 }) => ({ path: file.path, sha256, size: file.fileSize })),
    removedFiles: [],
    action: actionOf(run, plan, { removed, added }),
    ...(style.ledger === undefined ? {} : { ledger: style.ledger }),
  };
}

/** Compares two independent counts: rows by the Parquet footers, and deleted rows by the engine. */
async function writeBin(
  engine: Engine,
  style: CompactionStyle,
  table: Table,
  { files }: CompactionBin,
  workId: string,
): Promise<readonly WrittenFile[]> {
  const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
  const written = await writeDataFiles(engine, {
    select: `SELECT * FROM (${relation}) ORDER BY ${style.orderBy.map(quoteName).join(', ')}`,
    table: table.metadata,
    workId,
    withoutBounds: style.withoutBounds,
  });
  const before = files.reduce((sum, { file }) => sum + file.recordCount, 0n);
  const after = written.reduce((sum, { file }) => sum + file.recordCount, 0n);
  const deleted = await deletedRows(engine, files);
  invariant(after === before - deleted, `${before} rows minus ${deleted} deleted rows became ${after}`);
  return written;
}

/** Rows of these files that position delete files remove, as the engine counts them. */
export async function deletedRows(engine: Engine, files: readonly ScanFile[]): Promise<bigint> {
  const hit = files.filter(({ deletes }) => deletes.length > 0);
  if (hit.length === 0) return 0n;
  const paths = textList(hit.map(({ file }) => file.path));
  const [row] = await engine.rows(
    `SELECT count(*) AS n FROM (SELECT DISTINCT file_path, pos FROM ${deletedPositions(hit)} WHERE list_contains(${paths}, file_path))`,
  );
  invariant(typeof row?.n === 'bigint', 'a count is one row');
  return row.n;
}

/** A delete file is removed as a whole. Its entries for files that stay are rewritten, so no delete refers to a missing file. */
export async function writeRest(
  engine: Engine,
  table: Table,
  scan: readonly ScanFile[],
  chosen: readonly ScanFile[],
  workId: string,
): Promise<readonly WrittenFile[]> {
  const going = new Set(chosen.map(({ file }) => file.path));
  const deletes = new Set(chosen.flatMap((each) => each.deletes.map(({ path }) => path)));
  const shared = scan.flatMap(({ file, deletes: own }): ScanFile[] => {
    const left = going.has(file.path) ? [] : own.filter(({ path }) => deletes.has(path));
    return left.length === 0 ? [] : [{ file, deletes: left }];
  });
  if (shared.length === 0) return [];
  const paths = textList(shared.map(({ file }) => file.path));
  return writePositionDeletes(engine, {
    select: `SELECT file_path, pos FROM ${deletedPositions(shared)} WHERE list_contains(${paths}, file_path)`,
    table: table.metadata,
    dataFiles: shared.map(({ file }) => file),
    workId,
  });
}

/** Estimates the files after the compaction: one per bin, without delete files. */
function expectedAction(run: TableRun, plan: CompactionPlan): MaintenanceAction {
  const chosen = plan.bins.flatMap(({ files }) => files);
  const removed = [...chosen.map(({ file }) => file), ...distinct(chosen.flatMap(({ deletes }) => deletes))];
  const added = plan.bins.flatMap(({ files: [first] }) => (first === undefined ? [] : [first.file]));
  const action = actionOf(run, plan, { removed, added });
  // Their size is unknown; the size of their inputs is known.
  const { bytes: _bytes, ...after } = action.after;
  return { ...action, after };
}

function actionOf(
  run: TableRun,
  { scan, manifests, bins }: CompactionPlan,
  { removed, added }: { readonly removed: readonly DataFile[]; readonly added: readonly DataFile[] },
): MaintenanceAction {
  const live = [...scan.map(({ file }) => file), ...distinct(scan.flatMap(({ deletes }) => deletes))];
  const gone = new Set(removed.map(({ path }) => path));
  const left = [...live.filter(({ path }) => !gone.has(path)), ...added];
  return {
    table: tableName(run.ref),
    action: 'compact',
    before: { ...fileFigures(live), manifests: manifests.length },
    after: { ...fileFigures(left), rewritten_files: removed.length, bins: bins.length },
    removed: { files: 0, bytes: 0 },
  };
}

function fileFigures(files: readonly DataFile[]): Readonly<Record<string, number>> {
  const data = files.filter(({ content }) => content === 'data').length;
  return {
    data_files: data,
    delete_files: files.length - data,
    bytes: files.reduce((sum, { fileSize }) => sum + Number(fileSize), 0),
  };
}
