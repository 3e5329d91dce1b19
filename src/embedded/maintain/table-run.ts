import { relative } from 'node:path';
import { newSnapshotId } from '../../base/snapshot-id.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import type { CommitContext, PreparedCommit } from '../../iceberg/commit.ts';
import { ancestors } from '../../iceberg/history.ts';
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

/** What every action on one table needs. */
export interface TableRun {
  readonly workspace: Workspace;
  readonly ref: TableRef;
  /** The topic's semantic lease, under which all of maintenance commits. */
  readonly lease: Lease;
  readonly faults: FaultPoints;
  readonly engine: () => Promise<Engine>;
  /** Throws where the run is to end. */
  readonly checkpoint: () => void;
}

type Figures = Readonly<Record<string, number>>;

/** One action of maintenance on a table: what it did, or with `--dry-run` would do. */
export interface MaintenanceAction {
  /** `namespace.table`. */
  readonly table: string;
  readonly action: MaintenanceEntry['action'];
  readonly before: Figures;
  readonly after: Figures;
  /** Files deleted, or to be; what a compaction replaces is deleted once its snapshots expire. */
  readonly removed: { readonly files: number; readonly bytes: number };
}

/** A change that is planned and written, on its way into the table. */
export interface TableChange {
  /** null where the change does not fit the table as it now is; it is then planned anew. */
  readonly prepare: (table: Table, ctx: CommitContext) => Promise<PreparedCommit | null>;
  readonly files: readonly FileChecksum[];
  /** Paths of files that nothing names after the commit. */
  readonly removedFiles: readonly string[];
  readonly action: MaintenanceAction;
  /** For the snapshot, beside what every maintenance says. */
  readonly summary?: Readonly<Record<string, string>>;
  readonly ledger?: (prepared: PreparedCommit) => Promise<LedgerChange | undefined>;
}

/** A table that others keep changing under us is given up after this many attempts. */
const MAX_ATTEMPTS = 5;

/** What was committed so far stays; a rerun goes on from there. */
export function throwIfEnded(signal: AbortSignal, operation: string): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof LeanOpsError) throw signal.reason;
  throw new LeanOpsError('INTERRUPTED', { operation, detail: 'what was under way was not committed' });
}

export function loadRunTable({ workspace, ref }: TableRun): Promise<Table | null> {
  return loadTable(localFiles, workspace.catalog, ref);
}

/**
 * Plans a change, writes it and commits it, with what it means for the ledger, in one transaction; then deletes what
 * nothing names any more. A lost race is prepared again on what the other writer left, or planned anew where that
 * changed the same files. null where there is nothing to do. Throws COMMIT_CONFLICT where races are lost for ever.
 */
export async function changeTable(
  run: TableRun,
  plan: (table: Table, workId: string) => Promise<TableChange | null>,
): Promise<MaintenanceAction | null> {
  for (let attempt = 1; ; attempt += 1) {
    const table = await loadRunTable(run);
    if (table === null) return null;
    const workId = run.workspace.newWorkId();
    const startedAt = run.workspace.clock();
    await run.workspace.store.openWork(run.lease, {
      workId,
      kind: 'maintenance',
      directories: [relative(run.workspace.paths.root, table.metadata.location)],
    });
    run.faults.hit('maintain:after-work-opened');
    let committed = false;
    try {
      const change = await plan(table, workId);
      if (change === null) return null;
      run.faults.hit('maintain:after-files');
      run.checkpoint();
      committed = await commitChange(run, table, workId, change, startedAt);
      if (committed) return await finished(run, change);
    } finally {
      if (!committed) await abandonWork(run.workspace, run.lease, workId);
    }
    if (attempt === MAX_ATTEMPTS) throw givenUp(run.ref);
  }
}

async function finished({ workspace, faults }: TableRun, change: TableChange): Promise<MaintenanceAction> {
  faults.hit('maintain:after-commit');
  await deleteRemovedFiles(workspace, faults);
  return change.action;
}

/** false: the change does not fit what another writer left. */
async function commitChange(
  run: TableRun,
  first: Table,
  workId: string,
  change: TableChange,
  startedAt: bigint,
): Promise<boolean> {
  const { workspace, lease } = run;
  for (let table: Table | null = first, attempt = 1; table !== null; attempt += 1) {
    const prepared = await change.prepare(table, {
      workId,
      now: workspace.clock(),
      summary: {
        [MAINTENANCE]: change.action.action,
        [FENCING_TOKEN]: lease.token.toString(),
        ...countedRows(table),
        ...change.summary,
      },
      newSnapshotId,
    });
    if (prepared === null) return false;
    run.faults.hit('maintain:after-prepared');
    try {
      const { action, before, after } = change.action;
      await workspace.store.recordMaintenance(
        lease,
        { table: tableName(run.ref), action, startedAt, endedAt: workspace.clock(), before, after },
        await change.ledger?.(prepared),
        { workId, swaps: [prepared.swap], files: change.files, removedFiles: change.removedFiles },
      );
      return true;
    } catch (error) {
      const conflict = error instanceof LeanOpsError && error.code === 'COMMIT_CONFLICT';
      if (!conflict || attempt === MAX_ATTEMPTS) throw error;
      table = await loadRunTable(run);
    }
  }
  return false;
}

/** What the engine counted last is carried on: the snapshot that says so may expire. */
function countedRows({ metadata }: Table): Readonly<Record<string, string>> {
  const head = metadata['current-snapshot-id'];
  const counted = (head === null ? [] : ancestors(metadata, head)).find(
    ({ summary }) => summary[LIVE_ROWS] !== undefined,
  );
  const rows = counted?.summary[LIVE_ROWS];
  return rows === undefined ? {} : { [LIVE_ROWS]: rows };
}

function givenUp(ref: TableRef): LeanOpsError {
  return new LeanOpsError('COMMIT_CONFLICT', {
    operation: `maintaining ${tableName(ref)}`,
    detail: `another writer changed the table in each of ${MAX_ATTEMPTS} attempts`,
  });
}
