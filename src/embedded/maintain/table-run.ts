import { relative } from 'node:path';
import { retryOnConflict } from '../../base/retry.ts';
import { newSnapshotId } from '../../base/snapshot-id.ts';
import type { Micros } from '../../base/time.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import type { CommitContext, PreparedCommit } from '../../iceberg/commit.ts';
import { newestLabelled } from '../../iceberg/history.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { FENCING_TOKEN, LIVE_ROWS, MAINTENANCE } from '../../semantic/snapshot-labels.ts';
import type { LedgerChange } from '../../state/checkpoint.ts';
import type { Lease } from '../../state/lease.ts';
import type { MaintenanceEntry } from '../../state/maintenance.ts';
import type { FileChecksum } from '../../state/table-commit.ts';
import type { FaultPoints } from '../faults.ts';
import { abandonWork } from '../workspace/recover.ts';
import { deleteRemovedFiles } from '../workspace/removed-files.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What a change of one table needs. */
export interface ChangeRun {
  readonly workspace: Workspace;
  readonly ref: TableRef;
  /** The topic's semantic lease. All maintenance commits under it. */
  readonly lease: Lease;
  readonly faults: FaultPoints;
  /** Throws if the run must stop. */
  readonly throwIfStopped: () => void;
}

/** What each action on one table needs. */
export interface TableRun extends ChangeRun {
  readonly engine: () => Promise<Engine>;
}

type Figures = Readonly<Record<string, number>>;

/** One maintenance action on a table; with `--dry-run` a planned one. */
export interface MaintenanceAction {
  /** `namespace.table`. */
  readonly table: string;
  readonly action: MaintenanceEntry['action'];
  readonly before: Figures;
  readonly after: Figures;
  /** Deleted files. A compaction deletes none: replaced files are deleted when their snapshots expire. */
  readonly removed: { readonly files: number; readonly bytes: number };
}

/** A change that is planned and written, but not committed. */
export interface TableChange {
  /** null if the change does not fit the current table; then it is planned again. */
  readonly prepare: (table: Table, ctx: CommitContext) => Promise<PreparedCommit | null>;
  readonly files: readonly FileChecksum[];
  /** Paths of files that no snapshot refers to after the commit. */
  readonly removedFiles: readonly string[];
  readonly action: MaintenanceAction;
  /** Further labels of the snapshot. */
  readonly summary?: Readonly<Record<string, string>>;
  readonly ledger?: (prepared: PreparedCommit) => Promise<LedgerChange | undefined>;
}

/** Throws INTERRUPTED if the signal aborted. Commits stay, and the next run continues. */
export function throwIfStopped(signal: AbortSignal, operation: string): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof LeanOpsError) throw signal.reason;
  throw new LeanOpsError('INTERRUPTED', { operation, detail: 'the work in progress was not committed' });
}

/** The table of the run as it is now; null if it does not exist. */
export function loadRunTable({ workspace, ref }: ChangeRun): Promise<Table | null> {
  return loadTable(localFiles, workspace.catalog, ref);
}

/** A change whose work is open: it either commits or is abandoned. */
interface OpenChange {
  readonly workId: string;
  readonly startedAt: Micros;
  readonly change: TableChange;
}

/**
 * Plans a change, writes its files and commits it, with its entries in the ledger, in one transaction. Then deletes the
 * files that are no longer referenced. If another writer commits first, the change is prepared again on the new state
 * of the table, or planned again if it no longer fits. null: there was nothing to do. Throws COMMIT_CONFLICT if every
 * race is lost.
 */
export async function changeTable(
  run: ChangeRun,
  plan: (table: Table, workId: string) => Promise<TableChange | null>,
): Promise<MaintenanceAction | null> {
  let open: OpenChange | null = null;
  const abandon = async (): Promise<void> => {
    if (open !== null) await abandonWork(run.workspace, run.lease, open.workId);
    open = null;
  };
  try {
    const done = await retryOnConflict(
      `maintaining ${tableName(run.ref)}`,
      async (): Promise<MaintenanceAction | null> => {
        const table = await loadRunTable(run);
        if (table === null) return null;
        open ??= await openChange(run, table, plan);
        if (open === null) return null;
        const prepared = await prepareChange(run, table, open);
        if (prepared === null) {
          await abandon();
          throw outdated(run.ref);
        }
        const { action } = open.change;
        await commitChange(run, open, prepared);
        open = null;
        return action;
      },
      run.throwIfStopped,
    );
    if (done === null) return null;
    run.faults.hit('maintain:after-commit');
    await deleteRemovedFiles(run.workspace, run.faults);
    return done;
  } finally {
    await abandon();
  }
}

/** null: there is nothing to do. */
async function openChange(
  run: ChangeRun,
  table: Table,
  plan: (table: Table, workId: string) => Promise<TableChange | null>,
): Promise<OpenChange | null> {
  const { workspace, lease, faults } = run;
  const workId = workspace.newWorkId();
  const startedAt = workspace.clock();
  await workspace.store.openWork(lease, {
    workId,
    kind: 'maintenance',
    directories: [relative(workspace.paths.root, table.metadata.location)],
  });
  faults.hit('maintain:after-work-opened');
  let open: OpenChange | null = null;
  try {
    const change = await plan(table, workId);
    if (change === null) return null;
    faults.hit('maintain:after-files');
    run.throwIfStopped();
    open = { workId, startedAt, change };
    return open;
  } finally {
    if (open === null) await abandonWork(workspace, lease, workId);
  }
}

/** null: the change does not fit what another writer left. */
async function prepareChange(
  run: ChangeRun,
  table: Table,
  { workId, change }: OpenChange,
): Promise<PreparedCommit | null> {
  const prepared = await change.prepare(table, {
    workId,
    now: run.workspace.clock(),
    summary: {
      [MAINTENANCE]: change.action.action,
      [FENCING_TOKEN]: run.lease.token.toString(),
      ...countedRows(table),
      ...change.summary,
    },
    newSnapshotId,
  });
  if (prepared !== null) run.faults.hit('maintain:after-prepared');
  return prepared;
}

async function commitChange(
  { workspace, lease, ref }: ChangeRun,
  { workId, startedAt, change }: OpenChange,
  prepared: PreparedCommit,
): Promise<void> {
  const { action, before, after } = change.action;
  await workspace.store.recordMaintenance(
    lease,
    { table: tableName(ref), action, startedAt, endedAt: workspace.clock(), before, after },
    await change.ledger?.(prepared),
    { workId, swaps: [prepared.swap], files: change.files, removedFiles: change.removedFiles },
  );
}

/** Repeats the engine's last row count, because the snapshot that has it can expire. */
function countedRows({ metadata }: Table): Readonly<Record<string, string>> {
  const rows = newestLabelled(metadata, LIVE_ROWS)?.summary[LIVE_ROWS];
  return rows === undefined ? {} : { [LIVE_ROWS]: rows };
}

function outdated(ref: TableRef): LeanOpsError {
  return new LeanOpsError('COMMIT_CONFLICT', {
    operation: `maintaining ${tableName(ref)}`,
    detail: 'another writer changed the same files',
  });
}
