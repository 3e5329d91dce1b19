import type { Engine } from '../../duckdb/engine/engine.ts';
import { interruptibly } from '../../duckdb/engine/interruptibly.ts';
import type { EngineHost } from '../../duckdb/tables/readable-place.ts';
import { LeanOpsError } from '../../errors/error.ts';

/** Lends an engine that starts when it is first requested, and is closed with the task. */
export async function withLazyEngine<T>(
  host: EngineHost,
  task: (engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  let starting: Promise<Engine> | undefined;
  const start = async (): Promise<Engine> => {
    const { memoryLimit, threads } = (await host.config()).engine;
    const { openEngine } = await import('../../duckdb/engine/engine.ts');
    return openEngine({ memoryLimit, threads, tempDirectory: host.tempDirectory });
  };
  try {
    return await task(() => {
      starting ??= start();
      return starting;
    });
  } finally {
    if (starting !== undefined) (await starting).close();
  }
}

/**
 * As `withLazyEngine`, for questions: Ctrl-C interrupts the running statement and those after it.
 * `operation`: what the error says was interrupted.
 */
export function withInterruptibleEngine<T>(
  host: EngineHost,
  signal: AbortSignal,
  operation: string,
  task: (engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  return withLazyEngine(host, (start) => {
    let running: Engine | null = null;
    const throwIfStopped = (): void => {
      if (signal.aborted)
        throw new LeanOpsError('INTERRUPTED', { operation, detail: 'stopped before it was complete' });
    };
    return interruptibly(
      () => running?.interrupt(),
      signal,
      () =>
        task(async () => {
          throwIfStopped();
          running = await start();
          throwIfStopped();
          return running;
        }),
    );
  });
}
