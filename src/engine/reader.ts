import { currentSchema, currentSnapshot } from '../iceberg/metadata.ts';
import { planScan } from '../iceberg/scan.ts';
import { loadTable } from '../iceberg/table.ts';
import { type Engine, openEngine } from './duckdb.ts';
import { localFiles } from './local-files.ts';
import { tableRelation } from './parquet/table-relation.ts';
import { quoteName, quoteText } from './parquet/types.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Hands out an engine in which every table of the workspace is a view at its current snapshot: raw.orders. */
export async function withReader<T>(
  workspace: Workspace,
  signal: AbortSignal,
  read: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { memoryLimit, threads } = (await workspace.config()).engine;
  const engine = await openEngine({ memoryLimit, threads, tempDirectory: workspace.tempDirectory });
  const interrupt = (): void => engine.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    await createViews(workspace, engine);
    return await read(engine);
  } finally {
    signal.removeEventListener('abort', interrupt);
    engine.close();
  }
}

async function createViews(workspace: Workspace, engine: Engine): Promise<void> {
  await engine.run('CREATE SCHEMA raw; CREATE SCHEMA semantic');
  for (const ref of await workspace.catalog.tables()) {
    const table = await loadTable(localFiles, workspace.catalog, ref);
    if (table === null) continue;
    const files = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
    const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
    await engine.run(`CREATE VIEW ${quoteName(ref.namespace)}.${quoteName(ref.name)} AS ${relation}`);
  }
  // From here on nothing but the tables' own files can be read, and nothing be set back.
  await engine.run(`SET allowed_directories = [${quoteText(`${workspace.paths.warehouse}/`)}]`);
  await engine.run('SET enable_external_access = false');
  await engine.run('SET lock_configuration = true');
}
