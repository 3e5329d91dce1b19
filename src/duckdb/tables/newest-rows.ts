import { invariant } from '../../errors/error.ts';
import { decodeBound } from '../../iceberg/bounds.ts';
import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan, type ScanFile } from '../../iceberg/scan.ts';
import { type Field, fieldByName } from '../../iceberg/schema.ts';
import type { Table } from '../../iceberg/table.ts';
import { countRows } from '../engine/count-rows.ts';
import type { Engine } from '../engine/engine.ts';
import { quoteName } from '../parquet/types.ts';
import { type QueryResult, queryEngine } from './query.ts';
import { type ReadablePlace, readableRelation } from './readable-place.ts';

export interface NewestRows {
  /** A required timestamptz column; rows come by it, newest first. */
  readonly by: string;
  /** What orders rows of one time. */
  readonly ties: string;
  /** ` WHERE …`, or empty. */
  readonly filter: string;
  readonly limit: number;
}

/**
 * A table's newest rows, from as few files as their bounds allow: files are read newest first, twice as many in each
 * round, until those that are left can't hold a row that belongs to the answer.
 */
export async function newestRows(
  place: ReadablePlace,
  engine: Engine,
  { metadata }: Table,
  { by, ties, filter, limit }: NewestRows,
): Promise<QueryResult> {
  const schema = currentSchema(metadata);
  const files = await planScan(place.files, metadata, currentSnapshot(metadata));
  const sorted = newestFirst(files, fieldByName(schema, by));
  for (let taken = 1; ; taken *= 2) {
    const chosen = sorted.slice(0, taken).map(({ file }) => file);
    const rows = `SELECT * FROM (${await readableRelation(place, schema, chosen, { positions: false })})${filter}`;
    const next = sorted[taken];
    if (next === undefined || (await countNewer(engine, rows, by, next.newest)) > limit)
      return queryEngine(engine, `${rows} ORDER BY ${quoteName(by)} DESC, ${quoteName(ties)}`, limit);
  }
}

interface DatedFile {
  readonly file: ScanFile;
  /** No row is newer; null: the manifest does not say. */
  readonly newest: bigint | null;
}

function newestFirst(files: readonly ScanFile[], field: Field): readonly DatedFile[] {
  const dated = files.map((file): DatedFile => {
    const bound = file.file.upperBounds?.get(field.id);
    const newest = bound === undefined ? null : decodeBound('timestamptz', bound);
    invariant(newest === null || typeof newest === 'bigint', 'a bound of a time is a number');
    return { file, newest };
  });
  const order = ({ newest }: DatedFile): bigint => newest ?? 2n ** 63n;
  return dated.toSorted((a, b) => (order(a) < order(b) ? 1 : order(a) > order(b) ? -1 : 0));
}

async function countNewer(engine: Engine, rows: string, by: string, than: bigint | null): Promise<number> {
  if (than === null) return 0;
  return countRows(engine, `(${rows}) WHERE ${quoteName(by)} > make_timestamptz(${than})`);
}
