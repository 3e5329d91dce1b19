import type { FileIO } from '../../iceberg/file-io.ts';
import { currentSchema, currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import type { Figure } from '../../quality/balance.ts';

const STAMP = 'redriven_batch_id';

/**
 * Rows of an errors table that no redrive has stamped, counted by its manifests alone: the files' counts of rows without
 * a stamp, less the deleted positions. A redrive deletes a row and writes it again with a stamp, so every deleted position
 * was a row without one. Throws TABLE_UNSUPPORTED, METADATA_INVALID_FILE.
 */
export async function unstampedErrors(io: FileIO, errors: TableMetadata): Promise<Figure> {
  const stamp = currentSchema(errors).fields.find(({ name }) => name === STAMP);
  const files = await planScan(io, errors, currentSnapshot(errors));
  let rows = 0n;
  for (const { file } of files) {
    const unstamped = stamp === undefined ? file.recordCount : file.nullValueCounts?.get(stamp.id);
    if (unstamped === undefined)
      return { unknown: `the metadata of ${file.path} does not say how many of its rows are stamped` };
    rows += unstamped;
  }
  const deletes = new Map(files.flatMap((each) => each.deletes).map((file) => [file.path, file.recordCount]));
  for (const positions of deletes.values()) rows -= positions;
  return Number(rows);
}
