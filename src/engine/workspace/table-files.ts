import { invariant } from '../../errors/error.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { type ReachableFile, reachableFiles } from '../../iceberg/reachable-files.ts';
import type { Table } from '../../iceberg/table.ts';
import { localFiles } from '../local-files.ts';

/** Every file that the table's kept snapshots need, each once, its metadata file first. Throws METADATA_INVALID_FILE. */
export async function tableFiles(table: Table): Promise<readonly ReachableFile[]> {
  invariant(table.metadataLocation !== null, 'the table exists');
  const metadata = { path: table.metadataLocation, kind: 'metadata', size: null } as const;
  return [metadata, ...(await reachableFiles(localFiles, table.metadata)).values()];
}

export function tableName({ namespace, name }: TableRef): string {
  return `${namespace}.${name}`;
}
