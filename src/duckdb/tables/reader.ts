import { localFiles } from '../../iceberg/local-files.ts';
import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import { loadTable } from '../../iceberg/table.ts';
import { type Engine, openEngine } from '../engine/engine.ts';
import { interruptibly } from '../engine/interruptibly.ts';
import { tableRelation } from '../parquet/table-relation.ts';
import { quoteName, quoteText } from '../parquet/types.ts';
import type { LocalPlace } from './readable-place.ts';

/**
 * Runs `read` with an engine in which every table of the workspace is a view at its current snapshot: raw.orders. Throws
 * INTERRUPTED if the signal aborts, also before a statement runs.
 */
export async function withReader<T>(
  place: LocalPlace,
  signal: AbortSignal,
  read: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { memoryLimit, threads } = (await place.config()).engine;
  const engine = await openEngine({ memoryLimit, threads, tempDirectory: place.tempDirectory });
  try {
    return await interruptibly(engine.interrupt, signal, async () => {
      await createViews(place, engine);
      return read(engine);
    });
  } finally {
    engine.close();
  }
}

async function createViews(place: LocalPlace, engine: Engine): Promise<void> {
  await engine.run('CREATE SCHEMA raw; CREATE SCHEMA semantic');
  for (const ref of await place.catalog.tables()) {
    const table = await loadTable(localFiles, place.catalog, ref);
    if (table === null) continue;
    const files = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
    const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
    await engine.run(`CREATE VIEW ${quoteName(ref.namespace)}.${quoteName(ref.name)} AS ${relation}`);
  }
  // From here on only the tables' files can be read, and no setting can be changed.
  await engine.run(`SET allowed_directories = [${quoteText(`${place.paths.warehouse}/`)}]`);
  await engine.run('SET enable_external_access = false');
  await engine.run('SET lock_configuration = true');
}
