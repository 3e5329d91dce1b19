import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { whatBecameOf } from '../../pipeline/dead-letters/lineage.ts';
import type { Context } from '../command/command.ts';
import type { CommandPlace, WithReplay } from '../command/command-place.ts';
import { commandLineIn } from '../command/target.ts';
import { withInterruptibleEngine } from './lend-engine.ts';
import { withWorkspace } from './lend-workspace.ts';

/** Opens the workspace of the command line for one command. Loads neither the engine nor the AWS SDK. */
export function withEmbeddedPlace<T>(
  context: Context,
  task: (place: CommandPlace) => Promise<T>,
): Promise<T> {
  return withWorkspace(context, (workspace) => task(embeddedPlace(workspace, context)));
}

function embeddedPlace(workspace: Workspace, context: Context): CommandPlace {
  const { store, clock, topicNames, owner, paths } = workspace;
  return {
    name: 'embedded',
    identity: { workspace: paths.root },
    firstStep: 'add a contract to topics/, or run `lean-ops topic add`',
    store,
    clock,
    topicNames,
    actor: () => owner,
    commandLine: (words) => commandLineIn(null, words),
    measureBalance: async (topic) => {
      const { measureBalance } = await import('../../embedded/figures/balance.ts');
      return measureBalance(workspace, topic);
    },
    measureFreshness: async (topic) => {
      const { measureFreshness } = await import('../../embedded/figures/freshness.ts');
      return measureFreshness(workspace, topic);
    },
    // The tables lie on this machine: reading them costs nothing that a user must agree to.
    withTables: ({ purpose }, task) =>
      withInterruptibleEngine(workspace, context.signal, purpose ?? 'reading tables', (engine) =>
        task(workspace, engine),
      ),
    erasures: async (topics, key) => {
      const { erasuresOf } = await import('../../embedded/forget/erasures-of.ts');
      return erasuresOf(workspace, topics, key);
    },
    onTheWay: async () => null,
    letterBody: async (letter, body, maxBytes) => {
      const { readStartOfBody } = await import('../../embedded/dead-letters/letter-body.ts');
      return readStartOfBody(workspace, letter, body, maxBytes);
    },
    becameOf: (letter) => whatBecameOf(store, letter),
    withReplay: withReplay(workspace, context),
    afterChange: async (topics) => {
      const { alertAfter } = await import('../jobs/alerts-after-work.ts');
      await alertAfter(workspace, context, { topics, drift: [], work: [] });
    },
  };
}

/** Removes the remains of interrupted runs first. Rows of RAW need an engine, which all topics share. */
function withReplay(workspace: Workspace, { signal, env }: Context): WithReplay {
  return async (task) => {
    const { recover } = await import('../../embedded/workspace/recover.ts');
    const { replayDeadLetters } = await import('../../embedded/dead-letters/replay.ts');
    const { faultsFrom } = await import('../../embedded/faults.ts');
    const { withLazyEngine } = await import('./lend-engine.ts');
    await recover(workspace);
    return withLazyEngine(workspace, (engine) =>
      task(async (letters, options) => {
        const result = await replayDeadLetters(workspace, letters, {
          ...options,
          signal,
          faults: faultsFrom(env),
          engine,
        });
        const { topic, replayed, notOpen, damaged, ...fates } = result;
        return { topic, replayed, notOpen, damaged, fates };
      }),
    );
  };
}
