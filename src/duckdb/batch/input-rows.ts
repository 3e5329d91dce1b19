import type { FileIO } from '../../iceberg/file-io.ts';
import { currentSchema, currentSnapshot, snapshotById } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan, type ScanFile } from '../../iceberg/scan.ts';
import type { Table } from '../../iceberg/table.ts';
import type { Intent } from '../../semantic/intent.ts';
import { type ReadablePlace, readableRelation } from '../tables/readable-place.ts';

type FilesPlace = Pick<ReadablePlace, 'files' | 'copies'>;
type RawRange = Pick<Intent, 'startSnapshotId' | 'endSnapshotId'>;

/** Rows of a table: a query for them, and the files that hold them. */
export interface InputRows {
  readonly select: string;
  readonly files: readonly ScanFile[];
}

/** RAW's rows of a range, with `_rid`, which is the same number for a row in every read. */
export async function rawRows(place: FilesPlace, raw: Table, range: RawRange): Promise<InputRows> {
  const files = await rawFiles(place.files, raw, range);
  const options = { positions: false, numbered: true };
  return { select: await readableRelation(place, currentSchema(raw.metadata), files, options), files };
}

/**
 * The rows of a derived table as it stands (null: none), in the columns that it is about to have (`next`), with `_file`
 * and `_pos`.
 */
export async function derivedRows(place: FilesPlace, now: Table | null, next: Table): Promise<InputRows> {
  const files = now === null ? [] : await planScan(place.files, now.metadata, currentSnapshot(now.metadata));
  const select = await readableRelation(place, currentSchema(next.metadata), files, { positions: true });
  return { select, files };
}

/**
 * Without a start, the rows are those that the end snapshot holds, even if older snapshots have expired or rows were
 * deleted: a rebuild is the remedy for RAW_HISTORY_CHANGED.
 */
async function rawFiles(
  io: FileIO,
  { metadata }: Table,
  { startSnapshotId, endSnapshotId }: RawRange,
): Promise<readonly ScanFile[]> {
  if (startSnapshotId === null) return planScan(io, metadata, snapshotById(metadata, endSnapshotId));
  const files = await appendedFiles(io, metadata, startSnapshotId, endSnapshotId);
  return files.map((file) => ({ file, deletes: [] }));
}
