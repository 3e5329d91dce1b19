import type { FileIO } from '../../iceberg/file-io.ts';
import { currentSchema, currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import type { Figure } from '../../quality/balance.ts';

const STAMP = 'redriven_batch_id';

/**
 * Rows of an errors table that no redrive has stamped, by its manifests alone: the files' own counts of rows without a
 * stamp, less the positions deleted. A stamp is put on by deleting the row and writing it again, so every position that
 * is deleted was one of a row without a stamp.
 */
export async function unstampedErrors(io: FileIO, errors: TableMetadata): Promise<Figure> {
  const stamp = currentSchema(errors).fields.find(({ name }) => name === STAMP);
  const files = await planScan(io, errors, currentSnapshot(errors));
  let rows = 0n;
  for (const { file } of files) {
    const unstamped = stamp === undefined ? file.recordCount : file.nullValueCounts?.get(stamp.id);
    if (unstamped === undefined)
      return { unknown: `${file.path} does not say how many of its rows are stamped` };
    rows += unstamped;
  }
  const deletes = new Map(files.flatMap((each) => each.deletes).map((file) => [file.path, file.recordCount]));
  for (const positions of deletes.values()) rows -= positions;
  return Number(rows);
}
