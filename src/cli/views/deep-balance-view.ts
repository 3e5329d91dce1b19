import type { DeepBalance } from '../../duckdb/batch/deep-balance.ts';
import type { Paint } from '../terminal/terminal.ts';
import { count } from '../terminal/words.ts';

/** One line for each topic that was derived again, and the keys that differ. */
export function deepLines(results: readonly DeepBalance[], paint: Paint): readonly string[] {
  return results.flatMap(({ topic, status, reason, rows, differing, keys, differingErrors }) => {
    const head = `${topic}: ${count(rows)} rows derived from RAW again`;
    const why = reason === null ? '' : ` (${reason})`;
    if (status !== 'different')
      return [`${head}: ${paint(status === 'equal' ? 'green' : 'yellow', status)}${why}`];
    return [
      `${head}: ${paint('red', `${differing} rows and ${differingErrors} rejected rows differ`)}${why}`,
      ...keys.map((key) => `  differs: ${key}`),
    ];
  });
}
