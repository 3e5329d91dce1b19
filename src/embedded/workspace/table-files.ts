import { invariant } from '../../errors/error.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { type ReachableFile, reachableFiles } from '../../iceberg/reachable-files.ts';
import type { Table } from '../../iceberg/table.ts';

/** Every file that the table's snapshots need, each once; its metadata file comes first. Throws METADATA_INVALID_FILE. */
export async function tableFiles(table: Table): Promise<readonly ReachableFile[]> {
  invariant(table.metadataLocation !== null, 'the table exists');
  const metadata = { path: table.metadataLocation, kind: 'metadata', size: null } as const;
  return [metadata, ...(await reachableFiles(localFiles, table.metadata)).values()];
}
