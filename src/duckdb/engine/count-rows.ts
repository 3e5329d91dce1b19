import { invariant } from '../../errors/error.ts';
import type { Engine } from './engine.ts';

/** Counts rows. `from` is what follows FROM: a relation or a query in parentheses, and possibly a condition. */
export async function countRows(engine: Engine, from: string): Promise<number> {
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${from}`);
  invariant(row !== undefined, 'a count is one row');
  return Number(row.n);
}
