import type { PathSegment } from '../../contract/model.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { quoteName } from '../parquet/types.ts';
import type { LocalPlace } from '../tables/readable-place.ts';
import { withReader } from '../tables/reader.ts';

/** Enough values to distinguish a date from a text, and few enough to hold in memory. */
const MAX_VALUES = 10_000;

/** The values of RAW's rows at one path. */
export interface ValuesAt {
  /** Number of rows by the first character of the JSON token, which gives the type of the value. All rows count. */
  readonly starts: ReadonlyMap<string, number>;
  /** At most 10,000 of the values, parsed. They are not masked, so they serve inference only. */
  readonly values: readonly unknown[];
}

/** Reads the values at a path from all of RAW. */
export function readValuesAt(
  place: LocalPlace,
  topic: string,
  path: readonly PathSegment[],
  signal: AbortSignal,
): Promise<ValuesAt> {
  const token = DUCKDB.element(DUCKDB.tokens('json_payload', [path]), 0);
  const tokens = `SELECT ${token} AS token FROM ${RAW_NAMESPACE}.${quoteName(topic)}`;
  return withReader(place, signal, async (engine) => {
    const counted = await engine.rows(
      `SELECT left(token, 1) AS start, count(*) AS n FROM (${tokens}) t WHERE token IS NOT NULL GROUP BY start`,
    );
    const some = await engine.rows(
      `SELECT token FROM (${tokens}) t WHERE token IS NOT NULL LIMIT ${MAX_VALUES}`,
    );
    return {
      starts: new Map(counted.map(({ start, n }) => [String(start), Number(n)])),
      values: some.map((row): unknown => JSON.parse(String(row.token))),
    };
  });
}
