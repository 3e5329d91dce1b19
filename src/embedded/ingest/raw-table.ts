import { join } from 'node:path';
import { createTable } from '../../iceberg/define.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { RAW_DEFINITION, RAW_NAMESPACE } from '../../raw/table.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The topic's RAW table; if it does not exist, a new one that is not written yet. */
export async function rawTableOf(workspace: Workspace, topic: string): Promise<Table> {
  const ref = { namespace: RAW_NAMESPACE, name: topic };
  const known = await loadTable(localFiles, workspace.catalog, ref);
  if (known !== null) return known;
  return createTable(
    ref,
    rawLocation(workspace, topic),
    crypto.randomUUID(),
    RAW_DEFINITION,
    workspace.clock(),
  );
}

/** Absolute path of the table's folder. */
export function rawLocation(workspace: Workspace, topic: string): string {
  return join(workspace.paths.warehouse, RAW_NAMESPACE, topic);
}
