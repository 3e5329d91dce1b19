import type { ScanFile } from '../../iceberg/scan.ts';
import type { Schema } from '../../iceberg/schema.ts';
import type { Place } from '../../pipeline/place.ts';
import type { EngineSettings } from '../../pipeline/settings.ts';
import { type RelationOptions, tableRelation } from '../parquet/table-relation.ts';

/** A place whose tables an engine on this machine reads. */
export interface ReadablePlace extends Place {
  /** null: data files are on this machine, under the names that metadata gives them. */
  readonly copies: FileCopies | null;
}

/** A place that can start an engine of its own. */
export interface EngineHost {
  readonly config: () => Promise<{ readonly engine: EngineSettings }>;
  /** A folder for spill files; the engine makes it. */
  readonly tempDirectory: string;
}

/** A place whose tables are on this machine. */
export type LocalPlace = ReadablePlace & EngineHost;

/** Copies of data files from elsewhere, made when they are first needed. */
export interface FileCopies {
  /** Absolute path of the folder of copies. table-relation.ts names them. */
  readonly folder: string;
  fetch(files: readonly RemoteFile[]): Promise<void>;
}

/** A data or delete file that is elsewhere, by its name in the metadata. */
export type RemoteFile = Pick<ScanFile['file'], 'path' | 'fileSize'>;

/** `tableRelation` over files that are copied to this machine first if they are elsewhere. */
export async function readableRelation(
  { copies }: Pick<ReadablePlace, 'copies'>,
  schema: Schema,
  files: readonly ScanFile[],
  options: RelationOptions,
): Promise<string> {
  if (copies === null) return tableRelation(schema, files, options);
  await copies.fetch(files.flatMap(({ file, deletes }) => [file, ...deletes]));
  return tableRelation(schema, files, { ...options, copies: copies.folder });
}
