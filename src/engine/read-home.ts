import type { Catalog } from '../iceberg/catalog.ts';
import type { FileIO } from '../iceberg/file-io.ts';
import type { ScanFile } from '../iceberg/scan.ts';
import type { Schema } from '../iceberg/schema.ts';
import type { Home } from './home.ts';
import { type RelationOptions, tableRelation } from './parquet/table-relation.ts';

/** A home whose tables an engine on this machine reads. */
export interface ReadHome extends Home {
  readonly catalog: Catalog;
  readonly files: FileIO;
  /** null: data files lie on this machine, under the names that metadata gives them. */
  readonly copies: FileCopies | null;
}

/** Copies of data files that lie elsewhere, made once they are asked for. */
export interface FileCopies {
  /** Absolute path; a file's copy lies in it under the name that table-relation.ts gives it. */
  readonly folder: string;
  fetch(files: readonly CopiedFile[]): Promise<void>;
}

export type CopiedFile = Pick<ScanFile['file'], 'path' | 'fileSize'>;

/** As `tableRelation`, with the files brought to where the engine can read them. */
export async function readableRelation(
  { copies }: Pick<ReadHome, 'copies'>,
  schema: Schema,
  files: readonly ScanFile[],
  options: RelationOptions,
): Promise<string> {
  if (copies === null) return tableRelation(schema, files, options);
  await copies.fetch(files.flatMap(({ file, deletes }) => [file, ...deletes]));
  return tableRelation(schema, files, { ...options, copies: copies.folder });
}
