import type { Engine } from '../../duckdb/engine/engine.ts';
import { faultsFrom } from '../../embedded/faults.ts';
import type { BatchPhase } from '../../embedded/jobs/batch/batch-run.ts';
import type { SemanticOptions } from '../../embedded/jobs/semantic-work.ts';
import type { Context } from '../command/command.ts';

const PHASES: readonly BatchPhase[] = ['reading', 'resolving', 'writing', 'committing'];

/** Lends the options for semantic work, with a progress bar that shows topic and phase. */
export async function withSemanticOptions<T>(
  context: Context,
  engine: () => Promise<Engine>,
  task: (options: SemanticOptions) => Promise<T>,
): Promise<T> {
  const bar = await context.terminal.progress('semantic', 'steps');
  try {
    return await task({
      signal: context.signal,
      faults: faultsFrom(context.env),
      engine,
      onPhase: (topic, phase) => {
        bar.update({ done: PHASES.indexOf(phase), total: PHASES.length, note: `${topic}: ${phase}` });
      },
    });
  } finally {
    bar.stop();
  }
}
