import { invariant } from '../../errors/error.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { readManifest } from '../../iceberg/manifest.ts';
import { readManifestList } from '../../iceberg/manifest-list.ts';
import type { Table } from '../../iceberg/table.ts';
import { localFiles } from '../local-files.ts';

/** A file that some kept snapshot of a table needs. */
export interface TableFile {
  readonly path: string;
  readonly kind: 'metadata' | 'data';
  /** Bytes; null where nothing says so. */
  readonly size: bigint | null;
}

/** Every file that the table's kept snapshots need, each once. Throws METADATA_INVALID_FILE. */
export async function tableFiles(table: Table): Promise<readonly TableFile[]> {
  invariant(table.metadataLocation !== null, 'the table exists');
  const files = new Map<string, TableFile>();
  const add = (path: string, kind: TableFile['kind'], size: bigint | null) =>
    files.set(path, { path, kind, size });
  add(table.metadataLocation, 'metadata', null);
  for (const snapshot of table.metadata.snapshots) {
    add(snapshot['manifest-list'], 'metadata', null);
    for (const manifest of await readManifestList(localFiles, snapshot)) {
      // Manifests are shared by many snapshots; one reading is enough.
      if (files.has(manifest.path)) continue;
      add(manifest.path, 'metadata', manifest.length);
      for (const { status, file } of await readManifest(localFiles, table.metadata, manifest)) {
        if (status !== 'deleted') add(file.path, 'data', file.fileSize);
      }
    }
  }
  return [...files.values()];
}

export function tableName({ namespace, name }: TableRef): string {
  return `${namespace}.${name}`;
}
