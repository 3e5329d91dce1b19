import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { retry } from '../../base/retry.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Relation } from '../../sql/relation.ts';
import type { Engine } from './engine.ts';

/**
 * Owns the temporary relations of one piece of work. Each name can be bound once: a statement that reads a name can
 * only read the one relation that was made for it.
 */
export interface Session {
  readonly engine: Engine;
  /** Runs the query now and keeps its rows. `values` are its parameters $1, $2 …, which are not part of any SQL text. */
  table(name: string, select: string, values?: DuckDBValue[]): Promise<Relation>;
  /** Names the query, which runs each time that the view is read. */
  view(name: string, select: string): Promise<Relation>;
}

/** An identifier that needs no quotes. */
const PLAIN_NAME = /^[a-z][a-z0-9_]*$/;

/** The names that open sessions of a connection hold. */
const boundNames = new WeakMap<DuckDBConnection, Set<string>>();

interface Made {
  readonly kind: 'TABLE' | 'VIEW';
  readonly name: string;
}

/**
 * Runs work with a session, and drops everything that the session made when the work ends or fails: payloads and
 * unmasked values do not outlive it. Sessions of one engine may be nested; they share one set of names. If the work
 * failed, its error is thrown, even if a relation could not be dropped.
 */
export async function withSession<T>(engine: Engine, work: (session: Session) => Promise<T>): Promise<T> {
  const bound = boundNames.get(engine.connection) ?? new Set();
  boundNames.set(engine.connection, bound);
  const made: Made[] = [];
  const make = async (
    kind: Made['kind'],
    name: string,
    select: string,
    values?: DuckDBValue[],
  ): Promise<Relation> => {
    invariant(PLAIN_NAME.test(name), `${name} is a plain name`);
    invariant(!bound.has(name), `the relation ${name} is bound once`);
    bound.add(name);
    made.push({ kind, name });
    await engine.run(`CREATE TEMP ${kind} ${name} AS ${select}`, values);
    return { name };
  };
  const session: Session = {
    engine,
    table: (name, select, values) => make('TABLE', name, select, values),
    view: (name, select) => make('VIEW', name, select),
  };
  const [done] = await Promise.allSettled([work(session)]);
  const failures = await dropAll(engine, made.reverse(), bound);
  if (done.status === 'rejected') throw done.reason;
  if (failures.length > 0) throw failures[0];
  return done.value;
}

/** An interrupt that was meant for the work can hit the drop after it. One interrupt stops one statement. */
const MAX_DROPS = 3;

/** Gives the errors of the relations that could not be dropped; their names stay bound. */
async function dropAll(
  engine: Engine,
  relations: readonly Made[],
  bound: Set<string>,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const { kind, name } of relations) {
    const drop = (): Promise<void> => engine.run(`DROP ${kind} IF EXISTS ${name}`);
    const [dropped] = await Promise.allSettled([retry(drop, MAX_DROPS, isInterrupted)]);
    if (dropped.status === 'fulfilled') bound.delete(name);
    else failures.push(dropped.reason);
  }
  return failures;
}

function isInterrupted(error: unknown): boolean {
  return error instanceof LeanOpsError && error.code === 'INTERRUPTED';
}
