import { type Engine, openEngine } from '../../duckdb/engine/engine.ts';
import { loadTable } from '../../iceberg/table.ts';
import type { Lease } from '../../state/lease.ts';
import { underLease } from './held-lease.ts';
import { type MovedWorkspace, type OpenOptions, openMovedWorkspace } from './open.ts';
import { type MovedTable, movedFiles, relocateTable } from './relocate-table.ts';
import { deleteRemovedFiles } from './removed-files.ts';

export interface Relocated {
  readonly from: string;
  readonly to: string;
  /** 0: the tables already refer to this folder. */
  readonly tables: number;
}

/** A scope of its own: no topic name starts like this. */
const SCOPE = { topic: '_relocate', work: 'semantic' } as const;

/**
 * Makes the tables of a moved or copied workspace refer to its current folder. New files are written next to the old
 * ones and adopted in one transaction. After an interruption nothing has changed, and the next call starts again.
 */
export async function relocateWorkspace(folder: string, options: OpenOptions): Promise<Relocated> {
  const moved = await openMovedWorkspace(folder, options);
  const from = moved.recordedRoot;
  const to = moved.workspace.paths.root;
  try {
    if (from === to) return { from, to, tables: 0 };
    return await underLease(moved.workspace, SCOPE, async (lease) => {
      const tables = await withLazyEngine(moved, (engine) => moveTables(moved, lease, engine));
      return { from, to, tables };
    });
  } finally {
    await moved.workspace.close();
  }
}

async function moveTables(
  moved: MovedWorkspace,
  lease: Lease,
  engine: () => Promise<Engine>,
): Promise<number> {
  const { workspace, recordedRoot: from } = moved;
  const to = workspace.paths.root;
  const workId = workspace.newWorkId();
  await workspace.store.openWork(lease, { workId, kind: 'maintenance', directories: ['data/warehouse'] });
  const move = { from, to, workId, now: workspace.clock(), engine };
  const results: MovedTable[] = [];
  for (const ref of await workspace.catalog.tables()) {
    const table = await loadTable(movedFiles({ from, to }), workspace.catalog, ref);
    if (table !== null) results.push(await relocateTable(move, table));
  }
  const replaced = results.flatMap((result) => result.replaced);
  moved.relocate(lease, {
    from,
    to,
    tables: {
      workId,
      swaps: results.map(({ swap }) => swap),
      files: results.flatMap(({ files }) => files),
      removedFiles: replaced,
    },
  });
  await deleteRemovedFiles(workspace);
  return results.length;
}

async function withLazyEngine<T>(
  { workspace }: MovedWorkspace,
  work: (engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const { memoryLimit, threads } = (await workspace.config()).engine;
  const opened: Promise<Engine>[] = [];
  const first = (): Promise<Engine> => {
    const [engine = openEngine({ memoryLimit, threads, tempDirectory: workspace.tempDirectory })] = opened;
    opened[0] = engine;
    return engine;
  };
  try {
    return await work(first);
  } finally {
    for (const engine of opened) (await engine).close();
  }
}
