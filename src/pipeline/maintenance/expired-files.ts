import { MICROS_PER_DAY, type Micros } from '../../base/time.ts';
import { decodeBound } from '../../iceberg/bounds.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { currentSchema, currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan } from '../../iceberg/scan.ts';
import { fieldByName } from '../../iceberg/schema.ts';
import type { Table } from '../../iceberg/table.ts';
import { RAW_PARTITION_COLUMN } from '../../raw/table.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';

/**
 * RAW's files of whole days (UTC) before `keepSince` that hold only rows that batches have read. None while a batch is
 * under way, because it may be reading these rows. Throws RAW_HISTORY_CHANGED.
 */
export async function expiredFiles(
  io: FileIO,
  { metadata }: Table,
  checkpoint: Checkpoint,
  keepSince: Micros,
): Promise<readonly DataFile[]> {
  const head = currentSnapshot(metadata);
  if (head === null || checkpoint.snapshotId === null || checkpoint.intent !== null) return [];
  const unread = await appendedFiles(io, metadata, checkpoint.snapshotId, head['snapshot-id']);
  const scan = await planScan(io, metadata, head);
  const live = new Set(scan.map(({ file }) => file.path));
  const packed = unread.filter(({ path }) => !live.has(path)).map((file) => oldest(metadata, file));
  const limits = [keepSince - (keepSince % MICROS_PER_DAY), ...packed];
  const untouched = new Set(unread.map(({ path }) => path));
  return scan
    .filter(({ file, deletes }) => deletes.length === 0 && !untouched.has(file.path))
    .map(({ file }) => file)
    .filter((file) => limits.every((limit) => isBefore(metadata, file, limit)));
}

/**
 * The oldest reception in a file; 0 if its bounds do not say. Another engine may have packed unread rows and read rows into
 * a file that no append names. Files that end before the oldest unread row cannot contain one.
 */
function oldest(metadata: TableMetadata, file: DataFile): Micros {
  return receivedAt(metadata, file.lowerBounds) ?? 0n;
}

function isBefore(metadata: TableMetadata, file: DataFile, moment: Micros): boolean {
  const newest = receivedAt(metadata, file.upperBounds);
  return newest !== null && newest < moment;
}

function receivedAt(metadata: TableMetadata, bounds: DataFile['lowerBounds']): Micros | null {
  const bound = bounds?.get(fieldByName(currentSchema(metadata), RAW_PARTITION_COLUMN).id);
  const at = bound === undefined ? null : decodeBound('timestamptz', bound);
  return typeof at === 'bigint' ? at : null;
}
